"""What must not happen while a page is open, whatever the test is about."""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

# A violation of the policy is reported to the page; written to the console, it reaches the test.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  const {effectiveDirective, blockedURI, sourceFile, lineNumber} = event;
  console.error(`policy: ${effectiveDirective} forbids ${blockedURI} ${sourceFile}:${lineNumber}`);
});
"""
LOCAL = {"127.0.0.1", "localhost"}
# What a browser opens without any network; its own viewer for PDF is made of the two of Chrome.
NO_NETWORK = {"about", "blob", "chrome", "chrome-extension", "data"}


class Watch:
    """Notes every fault of the pages of a context."""

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        self.expected: set[int] = set()
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)
        context.on("page", self._page)

    @contextlib.contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Take these HTTP statuses for right inside the block."""
        self.expected |= set(statuses)
        yield
        self.expected -= set(statuses)

    def _page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        told = any(f"status of {status} " in message.text for status in self.expected)
        if message.type in ("error", "warning") and not told:
            self.faults.append(f"{message.location['url']}: console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in NO_NETWORK and parts.hostname not in LOCAL:
            self.faults.append(f"asks another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # Chromium calls a request aborted that became a download or that the next page overtook.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"{request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.url}: status {response.status}")
