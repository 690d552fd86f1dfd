"""No script in a mail runs and nothing in it is fetched, in its frame and with the address of that frame open."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit

from django.urls import reverse
from playwright.sync_api import Dialog, Page, Request

from requests_app.intake.filing import file_mail
from requests_app.intake.storing import store_mail
from requests_app.models import InboundMail, Way
from tests.e2e.base import BrowserTestCase
from tests.e2e.payloads import RUNNING, SCRIPT
from tests.intake.formatted import rich_mail
from tests.world import write_acme

# The rest wait for a click, or are what browsers of today have forgotten, such as applets.
MOST_WORK = 50


class Counter(BaseHTTPRequestHandler):
    """Answers everything, and notes what it was asked."""

    asked: ClassVar[list[str]] = []
    pages: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        """Answer a page that a test put there, else nothing; only the latter counts."""
        page = self.pages.get(self.path)
        if page is None:
            self.asked.append(self.path)
        body = (page or "").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def counting() -> Iterator[str]:
    """Give the address of a server that counts for the block."""
    Counter.asked.clear()
    Counter.pages.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def filled(payload: str, host: str) -> str:
    return payload.replace("%J%", SCRIPT).replace("%H%", host)


class MailHtmlTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        # Without the script of the watch, which the frame of a mail would rightly block.
        self.context = self.new_context()
        self.page = self.context.new_page()
        self.told: list[str] = []
        self.outside: list[str] = []
        self.page.on("dialog", self._dialog)
        self.context.on("request", self._note)
        self.context.on("console", lambda message: self.told.append(message.text))

    def _dialog(self, dialog: Dialog) -> None:
        self.told.append(dialog.message)
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" != self.live_server_url:
            self.outside.append(request.url)

    def test_nothing_runs_and_nothing_is_fetched(self) -> None:
        assert len(RUNNING) >= 60
        acme = write_acme()
        self.sign_in(acme.owner)
        with counting() as host:
            for number, payload in enumerate(RUNNING):
                with self.subTest(payload):
                    self.check(self.take_in(filled(payload, host), acme.held_mail, number))
            assert Counter.asked == []
        assert self.outside == []
        assert self.told == []

    def take_in(self, html: str, other: InboundMail, number: int) -> InboundMail:
        raw = rich_mail(to="replies@example.org", html=f"<p>before {html}", mail_id=f"<p{number}@slack.com>")
        row = file_mail(store_mail(raw, Way.PIPE, organisation=other.organisation))
        assert row.parsed["has_html"]
        return row

    def check(self, mail: InboundMail) -> None:
        """Open the mail in its frame, then its own address; the watch finds what the policy had to stop."""
        page = self.open(reverse("inbound_formatted", args=["acme", mail.pk]))
        frame = page.frame_locator("iframe.oo-mail")
        frame.locator("body").wait_for()
        assert "before" in frame.locator("body").inner_text()
        assert page.title().startswith("Formatted mail · ")
        self.check_alone(page, mail)

    def check_alone(self, page: Page, mail: InboundMail) -> None:
        page.goto(reverse("inbound_html", args=["acme", mail.pk]))
        assert page.title() == "The mail as it was formatted"
        assert page.locator("script, img, svg, math, iframe, object, embed, form, [style], [onload]").count() == 0
        for link in page.locator("a[href]").all():
            assert link.get_attribute("href", timeout=1000).startswith(("http://", "https://", "mailto:"))  # type: ignore[union-attr]
            assert link.get_attribute("rel") == "noopener noreferrer nofollow"
            assert link.get_attribute("target") == "_blank"

    def test_the_same_run_and_are_fetched_when_they_are_shown_as_they_came(self) -> None:
        """Without this, the test above would also pass where its payloads do nothing at all."""
        with counting() as host:
            for number, payload in enumerate(RUNNING):
                Counter.pages[f"/page/{number}"] = filled(payload, f"{host}/{number}")
            Counter.pages["/"] = "".join(f"<iframe src=/page/{number}></iframe>" for number in range(len(RUNNING)))
            self.page.goto(host)
            for _ in range(100):
                if len(self.working()) > MOST_WORK:
                    break
                self.page.wait_for_timeout(100)
            assert len(self.working()) > MOST_WORK
            self.page.goto("about:blank")

    def working(self) -> set[str]:
        """Return the numbers of the payloads that asked the server for anything."""
        return {path.split("/")[1] for path in Counter.asked}

    def test_a_link_shows_where_it_leads_and_opens_outside_of_the_frame(self) -> None:
        acme = write_acme()
        self.sign_in(acme.owner)
        mail = self.take_in(f"<a href='{self.live_server_url}/healthz'>slack.com</a>", acme.held_mail, 1)
        page = self.open(reverse("inbound_formatted", args=["acme", mail.pk]))
        link = page.frame_locator("iframe.oo-mail").locator("a")
        shown = link.evaluate("(a) => getComputedStyle(a, '::after').content")
        assert urlsplit(self.live_server_url).netloc.split(":")[0] in shown or "data-host" in shown
        with self.context.expect_page() as opened:
            link.click()
        opened.value.wait_for_load_state()
        assert opened.value.url.endswith("/healthz")
        assert opened.value.evaluate("window.opener") is None
