"""A newcomer's first hour, from the one-time link to a request that is on its way and proven."""

import codecs
import email.policy
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from playwright.sync_api import FilePayload
from pypdf import PdfReader

from requests_app.models import Evidence, Message, OptOutRequest, Status
from requests_app.people.setup import new_setup_link
from tests.drafting.requests import load_vendor
from tests.e2e.base import BrowserTestCase
from tests.e2e.hands import Hands, Keyboard, Mouse
from tests.records.records import picture

ORGANISATION = "Acme & Söhne GmbH"
SUBJECT = "Slack Global model opt-out request"


class JourneyTestCase(BrowserTestCase):
    """An empty installation with three vendors, and its one-time link."""

    def setUp(self) -> None:
        super().setUp()
        for slug in ("slack", "microsoft", "zoom"):
            load_vendor(slug)
        token = new_setup_link()
        self.open(f"/setup/{token}/")

    def set_up(self, hands: Hands, vendor: str) -> None:
        """Go through the wizard to the first page."""
        hands.fill("Your name", "Jane Doe")
        hands.fill("E-mail address", "jane.doe@example.org")
        hands.fill("Password", "correct horse battery")
        hands.follow("Make my account")
        hands.fill("Name", ORGANISATION)
        hands.fill("Postal address", "Musterstraße 1\n10115 Berlin\nGermany")
        hands.choose("Country", "Germany")
        hands.fill("Position", "Workspace Owner")
        hands.follow("Save the organisation")
        hands.tick(vendor)
        hands.follow("Register these and start")

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()


class SlackTestCase(JourneyTestCase):
    def hand_over(self, hands: Hands) -> None:
        """Go from the one-time link to the page on which the request for Slack's models is handed over."""
        self.set_up(hands, "Slack")
        assert self.heading().startswith("Today")
        hands.follow("See what is open Slack")
        hands.follow("Edit")
        hands.fill("Name", "Acme on Slack")
        hands.fill("Workspace URL", "https://acme.slack.com")
        hands.follow("Save the workspace")
        assert self.heading() == "Acme on Slack"
        hands.follow("Draft this request Global model training")
        hands.follow("Draft what is ticked")
        assert "acme.slack.com" in self.page.locator("#preview").inner_text()
        hands.follow("Save and go on to hand it over")


class EmailJourneyTests(SlackTestCase):
    """Slack wants an e-mail with an exact subject."""

    def test_with_the_mouse(self) -> None:
        self.go(Mouse(self.page))

    def test_with_the_keyboard_alone(self) -> None:
        self.go(Keyboard(self.page))

    def go(self, hands: Hands) -> None:
        self.hand_over(hands)
        self.check_mail(hands.download("Download as .eml"))
        self.check_letter(hands.download("Download the PDF"))
        hands.follow("Record that it was sent")
        self.check_request()

    def check_mail(self, file: Path) -> None:
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        assert parseaddr(message["To"])[1] == "feedback@slack.com"
        assert message["Subject"] == SUBJECT
        assert message["From"] == "Jane Doe <jane.doe@example.org>"
        body = message.get_body(("plain",))
        assert body is not None
        assert "https://acme.slack.com" in body.get_content()
        assert ORGANISATION in body.get_content()

    def check_letter(self, file: Path) -> None:
        text = "\n".join(page.extract_text() for page in PdfReader(file).pages)
        assert ORGANISATION in text
        assert "acme.slack.com" in text

    def check_request(self) -> None:
        found = OptOutRequest.objects.get()
        assert found.status == Status.SUBMITTED
        assert found.reference in self.page.locator("main").inner_text()
        timeline = self.page.locator("section", has=self.page.get_by_role("heading", name="Timeline"))
        assert "Jane Doe" in timeline.inner_text()
        for message in Message.objects.all():
            assert self.page.get_by_text(message.sha256).count(), message.name


class HandOverTests(SlackTestCase):
    def test_the_link_to_the_mail_program_says_what_the_page_says(self) -> None:
        self.hand_over(Mouse(self.page))
        link = self.page.get_by_role("link", name="Open in mail program").get_attribute("href") or ""
        parts = urlsplit(link)
        asked = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
        assert (parts.scheme, unquote(parts.path)) == ("mailto", "feedback@slack.com")
        assert set(asked) == {"subject", "body"}
        assert asked["subject"] == [SUBJECT]
        assert ORGANISATION in asked["body"][0]

    def test_the_copy_buttons_copy(self) -> None:
        self.hand_over(Mouse(self.page))
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        for name, wanted in (("Copy: Recipient", "feedback@slack.com"), ("Copy: Subject", SUBJECT)):
            self.page.get_by_role("button", name=name).click()
            self.page.get_by_text(": copied").wait_for(state="attached")
            assert self.page.evaluate("navigator.clipboard.readText()") == wanted
            self.page.evaluate("document.querySelector('#oo-status').textContent = ''")
        self.page.get_by_role("button", name="Copy all").click()
        self.page.get_by_text(": copied").wait_for(state="attached")
        copied = self.page.evaluate("navigator.clipboard.readText()")
        assert SUBJECT in copied
        assert ORGANISATION in copied

    def test_a_proof_is_kept_with_the_request_and_evidence_is_added_later(self) -> None:
        hands = Mouse(self.page)
        self.hand_over(hands)
        sent = FilePayload(name="sent mail.png", mimeType="image/png", buffer=picture())
        hands.field("Proof (optional)").set_input_files(sent)
        hands.follow("Record that it was sent")
        assert self.page.get_by_role("link", name="sent mail.png").count()
        self.page.get_by_text("Add evidence").click()
        reply = FilePayload(name="reply.txt", mimeType="text/plain", buffer=b"It is done.")
        hands.field("Files").set_input_files(reply)
        hands.follow("Add the evidence")
        assert self.page.get_by_role("link", name="reply.txt").count()
        assert Evidence.objects.count() == 2
        self.drop_on_evidence("first.txt", "second.txt")
        hands.follow("Add the evidence")
        assert self.page.get_by_role("link", name="second.txt").count()
        assert Evidence.objects.count() == 4

    def drop_on_evidence(self, *names: str) -> None:
        """Drop files anywhere on the part of the page that is about evidence."""
        files = self.page.evaluate_handle(
            "(names) => { const held = new DataTransfer();"
            " names.forEach((name) => held.items.add(new File([name], name))); return held; }",
            list(names),
        )
        for event in ("dragover", "drop"):
            self.page.dispatch_event("section[aria-labelledby=evidence]", event, {"dataTransfer": files})


class SettingJourneyTests(JourneyTestCase):
    """Microsoft wants a policy on each device."""

    def test_from_the_link_to_the_setting_that_was_applied(self) -> None:
        hands = Mouse(self.page)
        self.set_up(hands, "Microsoft")
        hands.follow("See what is open Microsoft")
        hands.follow("Draft this request Optional experiences on Windows")
        hands.follow("Draft what is ticked")
        hands.fill("Tenant ID", "11111111-2222-3333-4444-555555555555")
        hands.follow("Save and go on to hand it over")
        self.page.get_by_text("office-optional-experiences.reg", exact=True).first.click()
        self.check_registry_file(hands.download("Download office-optional-experiences.reg"))
        hands.choose("How", "Setting or policy applied")
        hands.follow("Record that it was done")
        assert OptOutRequest.objects.get().submitted_how == "setting"
        assert self.page.get_by_text("a screenshot or an export of the policy").count()

    def check_registry_file(self, file: Path) -> None:
        """Read it as Windows does: UTF-16 with a byte order mark, lines that end in CR LF."""
        content = file.read_bytes()
        assert content.startswith(codecs.BOM_UTF16_LE)
        text = content.decode("utf-16")
        assert text.startswith("Windows Registry Editor Version 5.00\r\n")
        assert '"controllerconnectedservicesenabled"=dword:00000002' in text


class StatementJourneyTests(JourneyTestCase):
    """Zoom publishes a promise; its request asks for it in writing."""

    def test_from_the_link_to_the_question_that_was_sent(self) -> None:
        hands = Mouse(self.page)
        self.set_up(hands, "Zoom")
        hands.follow("See what is open Zoom")
        hands.follow("Ask for confirmation No training on customer content")
        hands.follow("Draft what is ticked")
        hands.fill("Account number", "1234567890")
        hands.follow("Save and go on to hand it over")
        text = hands.download("Download as text").read_text(encoding="utf-8")
        assert ORGANISATION in text
        hands.follow("Record that it was sent")
        assert OptOutRequest.objects.get().status == Status.SUBMITTED
