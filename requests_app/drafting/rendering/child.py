"""One render process as its parent sees it."""

from collections.abc import Mapping

from requests_app.drafting.letters.fonts import FONT_DIR
from requests_app.drafting.rendering.frames import PDF, PICTURE, REFUSED, SHRINK, Request
from requests_app.drafting.rendering.native_libraries import install_command, missing_libraries
from requests_app.processes.child import Child, ChildError, ChildFailed, ChildTimeout, ChildUnavailable, Limits

_SHORTEST_PDF = 500  # bytes

RenderError = ChildError  # no PDF could be made
RendererUnavailable = ChildUnavailable  # mostly because a native library is missing
RenderTimeout = ChildTimeout
RenderFailed = ChildFailed

__all__ = [
    "Limits",
    "RenderChild",
    "RenderError",
    "RenderFailed",
    "RenderRefused",
    "RenderTimeout",
    "RendererUnavailable",
]


class RenderRefused(RenderFailed):
    """The document asks for a file or an address that is not packaged; nothing was opened."""


class RenderChild(Child):
    """A running render process; it has no system fonts."""

    module = "requests_app.drafting.rendering.process"
    name = "The render process"
    work = "Rendering"
    thing = "document"

    def shrink(self, picture: bytes) -> bytes:
        """Return the picture as a small PNG. Raises RenderRefused for one that is not drawn, or what render raises."""
        reply = self.ask(SHRINK + picture)
        if reply[:1] == PICTURE:
            return reply[1:]
        raise (RenderRefused if reply[:1] == REFUSED else RenderFailed)(reply[1:].decode())

    def render(self, html: str, sheets: tuple[str, ...], pictures: Mapping[str, bytes]) -> bytes:
        """Return the PDF.

        Raises RenderRefused, or RenderTimeout or RenderFailed, after which this child is to be closed.
        """
        reply = self.ask(Request(html, sheets, pictures).to_bytes())
        kind, content = reply[:1], reply[1:]
        if kind == REFUSED:
            raise RenderRefused(content.decode())
        if kind != PDF:
            raise RenderFailed(content.decode())
        if not content.startswith(b"%PDF-") or len(content) < _SHORTEST_PDF:
            raise RenderFailed(f"The render process returned an empty PDF ({len(content)} bytes). {self._what_to_do()}")
        if not content.rstrip().endswith(b"%%EOF"):
            raise RenderFailed(f"The render process returned half a PDF ({len(content)} bytes). {self._what_to_do()}")
        return content

    def _environment(self) -> dict[str, str]:
        fonts = {"FONTCONFIG_FILE": str(FONT_DIR / "fonts.conf"), "XDG_CACHE_HOME": self._folder}
        return {**super()._environment(), **fonts}

    def _what_to_do(self) -> str:
        missing = missing_libraries()
        if missing:
            return f"Run: {install_command(missing)}"
        return "Run `python -m weasyprint --info` to see what is wrong."
