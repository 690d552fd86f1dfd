"""The child process that turns HTML into PDF, and the only module that imports WeasyPrint.

Run by child.py as `python -m requests_app.drafting.rendering.process MEGABYTES CPU_SECONDS FOLDER`; needs no Django.
Importing WeasyPrint and compiling the style sheets takes most of a second, so that the process goes on until its stdin
is closed.
"""

import logging
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pydyf
from weasyprint import CSS, HTML
from weasyprint.document import Document
from weasyprint.text.ffi import harfbuzz_subset
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from requests_app.drafting.letters.fonts import FONT_DIR
from requests_app.drafting.rendering.frames import FAILED, PDF, PICTURE, PICTURE_URL, REFUSED, SHRINK, Request
from requests_app.drafting.rendering.pdfua import with_pdfua
from requests_app.drafting.rendering.pictures import PictureRefused, shrunk
from requests_app.processes.serving import Answer, serve_within_limits

TEMPLATE_DIR = Path(__file__).resolve().parents[3] / "templates"
SHEET_DIR = TEMPLATE_DIR / "letters"
SHEET_DIRS = (SHEET_DIR, TEMPLATE_DIR / "records")
PDF_VARIANT = "pdf/a-3a"


class PackagedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Opens the packaged fonts by their exact file: URL and refuses everything else, redirects included.

    Pictures that were handed over with the document are read from memory. A refusal stops the rendering: our own
    documents never ask for more.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._packaged = {path.as_uri(): path for path in FONT_DIR.glob("*.ttf")}
        self.pictures: Mapping[str, bytes] = {}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the packaged file at `url`. Raises PermissionError for every other URL, without opening it."""
        if url.startswith(PICTURE_URL) and url.removeprefix(PICTURE_URL) in self.pictures:
            return URLFetcherResponse(url, self.pictures[url.removeprefix(PICTURE_URL)], {"Content-Type": "image/png"})
        path = self._packaged.get(url)
        if path is None:
            raise PermissionError("Only packaged fonts may be opened.")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})


class Renderer:
    """Style sheets compiled once, and the one font configuration they share."""

    def __init__(self) -> None:
        self.fetcher = PackagedFetcher()
        self.fonts = FontConfiguration()
        self.sheets = {path.name: self._compile(path) for folder in SHEET_DIRS for path in sorted(folder.glob("*.css"))}

    def _compile(self, path: Path) -> CSS:
        return CSS(string=path.read_text(), base_url=path.as_uri(), url_fetcher=self.fetcher, font_config=self.fonts)

    def render(self, request: Request) -> bytes:
        """Return the PDF (PDF/A-3a and PDF/UA-1)."""
        # With a base, relative addresses reach the fetcher, too, and are refused there.
        html = HTML(string=request.html, base_url="about:blank", url_fetcher=self.fetcher)
        sheets = [self.sheets[name] for name in request.sheets]
        self.fetcher.pictures = request.pictures
        try:
            pdf: bytes = html.write_pdf(
                stylesheets=sheets, font_config=self.fonts, pdf_variant=PDF_VARIANT, finisher=claim_pdfua
            )
        finally:
            self.fetcher.pictures = {}
        return pdf


def claim_pdfua(_document: Document, pdf: pydyf.PDF) -> None:
    """Add the entry for PDF/UA-1 to the XMP metadata of a PDF that WeasyPrint is about to write."""
    number = int(pdf.catalog["Metadata"].split()[0])
    stream = pdf.objects[number].stream
    stream[:] = [with_pdfua(b"".join(stream))]


def answer(renderer: Renderer, message: bytes) -> bytes:
    """Return the reply to one request: the PDF, or why there is none.

    What a document can provoke inside WeasyPrint is not foreseeable (RecursionError, AssertionError, MemoryError, ...),
    and each must reach the parent as an answer.
    """
    try:
        if message.startswith(SHRINK):
            return PICTURE + shrunk(message[len(SHRINK) :])
        return PDF + renderer.render(Request.from_bytes(message))
    except PictureRefused as refused:
        return REFUSED + str(refused).encode()
    except FatalURLFetchingError as refused:
        return REFUSED + f"The document asks for a file or address outside the packaged ones. {refused}".encode()
    except Exception as error:  # noqa: BLE001 see above
        return FAILED + f"{type(error).__name__}: {str(error)[:500]}".encode("utf-8", "backslashreplace")


def load() -> Answer:
    """Return what answers a request, ready to render. Ends the process where a native library is missing."""
    if not harfbuzz_subset:
        sys.exit("The native library harfbuzz-subset is missing.")
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    return partial(answer, Renderer())


if __name__ == "__main__":
    serve_within_limits(load, int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
