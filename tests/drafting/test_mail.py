from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from django.conf import settings
from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from requests_app.catalogue.fields import FieldError, sender_fields
from requests_app.catalogue.files import find_procedure
from requests_app.drafting.draft import Draft, make_draft
from requests_app.drafting.mail import as_eml, as_text
from requests_app.drafting.values import check_values
from tests.drafting.people import AWKWARD, values_for

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SLACK = "Slack Global model opt-out request"
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Language",
    "X-Unsent",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}


def slack_draft(**more: str) -> Draft:
    procedure = find_procedure("slack/global-models", settings.CATALOGUE_DIR)
    values = check_values(procedure, values_for(procedure, "eml", **more), "eml")
    return make_draft(procedure, values, locale="en", day=date(2026, 11, 24))


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


class EmlTests(SimpleTestCase):
    def test_it_carries_the_prescribed_subject_exactly_and_one_recipient(self) -> None:
        content = as_eml(slack_draft(), NOW)
        assert f"\r\nSubject: {SLACK}\r\n".encode() in content
        message = parsed(content)
        assert message["To"].addresses[0].addr_spec == "feedback@slack.com"
        assert message["From"].addresses[0].addr_spec == "jane.doe@example.org"
        assert message["Date"].datetime == NOW
        assert message["X-Unsent"] == "1"
        assert set(message.keys()) == HEADERS

    def test_every_line_ends_with_crlf_and_is_short_enough(self) -> None:
        content = as_eml(slack_draft(organisation_name="Ü" * 200), NOW)
        assert b"\n" not in content.replace(b"\r\n", b"")
        assert max(len(line) for line in content.split(b"\r\n")) <= 998

    def test_values_come_out_as_typed_and_make_no_header(self) -> None:
        for value in AWKWARD:
            for name in ("organisation_name", "signatory_name", "signatory_role", "recipient_name"):
                with self.subTest(field=name, value=value):
                    message = parsed(as_eml(slack_draft(**{name: value}), NOW))
                    assert set(message.keys()) == HEADERS
                    assert len(message["To"].addresses) == len(message["From"].addresses) == 1
                    if name != "recipient_name":
                        assert value.strip() in message.get_content()
                    if name == "signatory_name":
                        assert message["From"].addresses[0].display_name == value.strip()
                    if name == "recipient_name":
                        assert message["To"].addresses[0].display_name == value.strip()

    def test_an_international_domain_is_encoded_in_the_header_and_typed_in_the_text(self) -> None:
        draft = slack_draft(recipient_email="datenschutz@günstiger-reisen.de")
        assert parsed(as_eml(draft, NOW))["To"].addresses[0].addr_spec == "datenschutz@xn--gnstiger-reisen-zvb.de"
        assert "To: datenschutz@günstiger-reisen.de\n" in as_text(draft)

    def test_the_text_stands_below_to_and_subject(self) -> None:
        text = as_text(slack_draft())
        assert text.startswith(f"To: feedback@slack.com\nSubject: {SLACK}\n\nDear Slack Customer Experience team,\n")
        assert "https://example.slack.com" in text
        assert "8 December 2026" in text
        assert text.endswith("Example GmbH\nMusterstraße 1, 10115 Berlin, Germany\njane.doe@example.org\n")

    @given(st.text(min_size=1, max_size=80))
    def test_any_name_that_a_field_accepts_survives_the_message(self, name: str) -> None:
        field = next(field for field in sender_fields() if field.name == "signatory_name")
        try:
            name = field.clean(name)
        except FieldError:
            return
        message = parsed(as_eml(slack_draft(signatory_name=name), NOW))
        assert set(message.keys()) == HEADERS
        assert len(message["From"].addresses) == 1
        assert name in message.get_content()
