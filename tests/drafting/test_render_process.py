"""RELIABILITY: rendering opens no file and no address outside the packaged assets."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar
from urllib.parse import quote

import pytest
from django.test import SimpleTestCase

from requests_app.drafting.letters.fonts import FONT_DIR
from requests_app.drafting.rendering.child import RenderRefused
from requests_app.drafting.rendering.client import render_pdf
from tests.drafting.letters import text_of

CANARY = "canary-5c1d"
FONT = (FONT_DIR / "NotoSans-Regular.ttf").as_uri()

# Every element and property that makes a renderer load something; {} is the address.
LOADERS = (
    '<img src="{}">',
    '<img srcset="{} 2x" src="{}">',
    '<picture><source srcset="{}"><img src="{}"></picture>',
    '<object data="{}"></object>',
    '<object data="{}" type="image/svg+xml"></object>',
    '<embed src="{}">',
    '<embed src="{}" type="image/svg+xml">',
    '<iframe src="{}"></iframe>',
    '<frameset><frame src="{}"></frameset>',
    '<link rel="stylesheet" href="{}">',
    '<link rel="stylesheet" media="print" type="text/css" href="{}">',
    '<link rel="icon" href="{}">',
    '<link rel="attachment" href="{}">',
    '<link rel="attachment" title="x" href="{}">',
    '<link rel="preload" as="image" href="{}">',
    '<a rel="attachment" href="{}">x</a>',
    '<style>@import "{}";</style>',
    "<style>@import url({}) print;</style>",
    '<style>@font-face {{ font-family: x; src: url("{}"); }} p {{ font-family: x; }}</style><p>x</p>',
    '<style>@font-face {{ font-family: x; src: local("DejaVu Sans"), url("{}"); }}</style>',
    '<style>@color-profile --x {{ src: url("{}"); }}</style>',
    '<style>@page {{ background: url("{}"); @top-left {{ content: url("{}"); }} }}</style>',
    '<style>@counter-style x {{ system: cyclic; symbols: url("{}"); }}</style><ol style="list-style: x"><li>x</ol>',
    '<p style="background-image: url({})">x</p>',
    '<p style="background: image-set(url({}) 1x)">x</p>',
    '<p style="border-image: url({}) 10">x</p>',
    '<p style="mask-image: url({})">x</p>',
    '<ul><li style="list-style-image: url({})">x</li></ul>',
    '<style>p::before {{ content: url("{}"); }}</style><p>x</p>',
    '<p style="cursor: url({}), auto">x</p>',
    '<svg width="9" height="9"><image href="{}" width="9" height="9"/></svg>',
    '<svg width="9" xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{}" width="9" height="9"/></svg>',
    '<svg width="9" height="9"><use href="{}#x"/></svg>',
    '<svg width="9" height="9"><style>@import "{}";</style><rect width="9" height="9" fill="url({}#x)"/></svg>',
    '<svg width="9" height="9"><foreignObject><img src="{}"></foreignObject></svg>',
    '<input type="image" src="{}">',
    '<video src="{}" poster="{}"></video>',
    '<audio src="{}"></audio>',
    '<video><source src="{}"><track src="{}"></video>',
    '<script src="{}"></script>',
    '<body background="{}">x',
    '<table background="{}"><tr><td background="{}">x</td></tr></table>',
    '<base href="{}"><img src="x.png"><link rel="stylesheet" href="x.css">',
    '<meta http-equiv="refresh" content="0; url={}">',
    '<meta name="x" content="{}"><link rel="manifest" href="{}">',
    '<blockquote cite="{}">x</blockquote>',
    '<form action="{}"><button formaction="{}">x</button></form>',
)


class Server(http.server.ThreadingHTTPServer):
    """Answers with a redirect to itself, and notes what is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(302 if self.path != "/there" else 200)
        self.send_header("Location", "/there")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class FenceTests(SimpleTestCase):
    server: ClassVar[Server]
    canary: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = Server()
        thread = threading.Thread(target=cls.server.serve_forever)
        thread.start()
        folder = TemporaryDirectory()
        cls.canary = Path(folder.name) / "canary.svg"
        cls.canary.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text y="9">{CANARY}</text></svg>')
        for clean in (folder.cleanup, cls.server.server_close, thread.join, cls.server.shutdown):
            cls.addClassCleanup(clean)

    def _addresses(self) -> Iterator[str]:
        port = self.server.server_port
        yield f"http://127.0.0.1:{port}/here"
        yield f"https://127.0.0.1:{port}/here"
        yield f"ftp://127.0.0.1:{port}/here"
        yield f"//127.0.0.1:{port}/here"
        yield self.canary.as_uri()
        yield f"FILE://{self.canary}"
        yield f"file://localhost{self.canary}"
        yield str(self.canary)
        yield "../../../../../.." + str(self.canary)
        yield f"{FONT}/../../../../../..{self.canary}"
        yield f"data:image/svg+xml,{quote(self.canary.read_text())}"
        yield "data:text/css;base64,cHtjb250ZW50OnVybChodHRwOi8vMTI3LjAuMC4xL3gpfQ=="

    def test_no_element_opens_anything(self) -> None:
        refused = sum(
            self._is_refused(loader.format(*[address] * 2), address)
            for address in self._addresses()
            for loader in LOADERS
        )
        assert self.server.asked == []
        # Most of these elements do ask, and the fence is what stands in between.
        assert refused > 200

    def _is_refused(self, html: str, address: str) -> bool:
        """Return whether the document was refused; otherwise check that nothing came into the PDF."""
        try:
            pdf = render_pdf(html)
        except RenderRefused as error:
            assert CANARY not in str(error).replace(address, ""), error
            return True
        assert CANARY not in text_of(pdf), html
        assert b"EmbeddedFile" not in pdf, html
        return False

    def test_the_reason_names_the_address(self) -> None:
        with pytest.raises(RenderRefused, match=r"Error fetching \"http://127\.0\.0\.1:1/x\.png\""):
            render_pdf('<img src="http://127.0.0.1:1/x.png">')

    def test_packaged_fonts_are_opened_by_their_exact_address_only(self) -> None:
        face = '<style>@font-face {{ font-family: x; src: url("{}"); }}</style><p style="font-family: x">x</p>'
        assert render_pdf(face.format(FONT))
        for address in (
            *(FONT + "?x", FONT.replace("Noto", "%4Eoto"), FONT.replace("file:", "FILE:"), FONT + "/"),
            *(FONT_DIR.as_uri(), FONT_DIR.as_uri() + "/fonts.yaml", FONT_DIR.as_uri() + "/../css/"),
        ):
            with pytest.raises(RenderRefused):
                render_pdf(face.format(address))

    def test_plain_text_that_looks_like_a_loader_is_only_text(self) -> None:
        text = text_of(render_pdf("<p>&lt;img src='file:///etc/passwd'&gt; url(http://example.org)</p>"))
        assert "<img src='file:///etc/passwd'> url(http://example.org)" in text
