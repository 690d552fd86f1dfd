"""The parent's side of the render process."""

import atexit
import os
from collections.abc import Mapping

from requests_app.drafting.rendering.child import RenderChild, RenderRefused
from requests_app.processes.client import Client


class RenderClient(Client[RenderChild]):
    """Renders through one child at a time (two threads in one WeasyPrint are slower than one)."""

    child = RenderChild
    harmless = (RenderRefused,)

    def render(self, html: str, sheets: tuple[str, ...] = (), pictures: Mapping[str, bytes] | None = None) -> bytes:
        """Return the PDF of an HTML document with the named style sheets. Raises a RenderError."""
        return self.call(lambda child: child.render(html, sheets, pictures or {}))

    def shrink(self, picture: bytes) -> bytes:
        """Return the picture as a small PNG. Raises a RenderError."""
        return self.call(lambda child: child.shrink(picture))


_client = RenderClient()
atexit.register(_client.close)
# At once, so that a forked process does not hold the pipe open which tells the child that its parent has gone.
os.register_at_fork(after_in_child=_client.leave_to_the_parent)


def shrink_picture(picture: bytes) -> bytes:
    """Return a picture from outside as a small PNG without metadata.

    Raises RenderRefused for one that is not drawn, and what render_pdf raises.
    """
    return _client.shrink(picture)


def render_pdf(html: str, sheets: tuple[str, ...] = (), pictures: Mapping[str, bytes] | None = None) -> bytes:
    """Return the PDF (PDF/A-3a, PDF/UA-1) of an HTML document with packaged style sheets, named in order.

    The document names a picture that is handed over as picture:NAME.

    Raises a RenderError of child: RendererUnavailable (a native library is missing; says what to install),
    RenderTimeout, RenderRefused, or RenderFailed with the reason. The next call works in each case.
    """
    return _client.render(html, sheets, pictures)
