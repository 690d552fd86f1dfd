"""The browser that the tests drive: the Chromium of the machine, shut off from everything but the loopback address."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def chromium_path() -> str:
    """Return where the browser is; says what to install where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "The browser tests need Chromium. On Debian: apt-get install -y chromium; else from chromium.org."
    return found


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start the browser for the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
