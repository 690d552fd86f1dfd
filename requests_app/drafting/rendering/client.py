"""The parent's side of the render process: one child per process, started when first needed."""

import atexit
import os
import threading

from requests_app.drafting.rendering.child import Limits, RenderChild, RenderRefused


class RenderClient:
    """Renders through one child at a time; a child that failed, died or is worn out is replaced at the next call.

    Safe to use from several threads (they wait for each other; two threads in one WeasyPrint are slower than one).
    """

    def __init__(self, limits: Limits = Limits(), command: tuple[str, ...] | None = None) -> None:  # noqa: B008 frozen
        self._limits = limits
        self._command = command
        self._forget()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._child: RenderChild | None = None
        self._pid = os.getpid()

    def render(self, html: str, sheets: tuple[str, ...] = ()) -> bytes:
        """Return the PDF of an HTML document with the named style sheets. Raises a RenderError."""
        self._leave_to_the_parent()
        with self._lock:
            child = self._child or RenderChild(self._limits, self._command)
            self._child = None
            try:
                pdf = child.render(html, sheets)
            except RenderRefused:
                self._keep(child)
                raise
            except BaseException:
                # Also after KeyboardInterrupt: an answer that is still to come must not be taken for the next one.
                child.close()
                raise
            self._keep(child)
            return pdf

    def _keep(self, child: RenderChild) -> None:
        """Keep the child for the next call, unless it has rendered as often as it may."""
        if child.renders < self._limits.renders:
            self._child = child
        else:
            child.close()

    def _leave_to_the_parent(self) -> None:
        """After a fork: leave to the parent the child, whose pipes both now hold, and the lock, perhaps locked."""
        if self._pid == os.getpid():
            return
        if self._child:
            self._child.leave()
        self._forget()

    def close(self) -> None:
        """End the child, if there is one; the next call starts another."""
        self._leave_to_the_parent()
        with self._lock:
            child, self._child = self._child, None
        if child:
            child.close()


_client = RenderClient()
atexit.register(_client.close)
# At once, so that a forked process does not hold the pipe open which tells the child that its parent has gone.
os.register_at_fork(after_in_child=_client._leave_to_the_parent)


def render_pdf(html: str, sheets: tuple[str, ...] = ()) -> bytes:
    """Return the PDF (PDF/A-3a, PDF/UA-1) of an HTML document with style sheets of templates/letters/, named in order.

    Raises a RenderError of child: RendererUnavailable (a native library is missing; says what to install),
    RenderTimeout, RenderRefused, or RenderFailed with the reason. The next call works in each case.
    """
    return _client.render(html, sheets)
