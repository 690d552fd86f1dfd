"""Every procedure of the shipped catalogue, in every format it offers and in every language."""

import json
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from io import BytesIO

import pikepdf
from django.conf import settings
from django.test import SimpleTestCase
from pypdf import PdfReader

from requests_app.catalogue.files import all_procedures
from requests_app.catalogue.procedure import Procedure
from requests_app.drafting.draft import make_draft
from requests_app.drafting.formats import formats_of
from requests_app.drafting.outputs import render
from requests_app.drafting.values import check_values
from requests_app.drafting.wording import LOCALES
from tests.drafting.people import SENDER, values_for

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PROCEDURES = list(all_procedures(settings.CATALOGUE_DIR))


def output_of(procedure: Procedure, output: str, locale: str) -> bytes:
    content, _notes = render(procedure, values_for(procedure, output), output, locale=locale, day=DAY, now=NOW)
    return content


def assert_filled(text: str, procedure: Procedure) -> None:
    """Nothing is left to fill in, and no name is empty."""
    for leftover in ("{{", "}}", "{%", "None", "undefined", "()", " ,", "  ,", "“”", "„“", "« »"):
        assert leftover not in text, (procedure.name, leftover)
    assert "\n\n\n" not in text, procedure.name
    assert not any(line.endswith(":") and line[:-1] == "" for line in text.splitlines())


class EveryProcedureTests(SimpleTestCase):
    def test_the_catalogue_holds_what_was_researched(self) -> None:
        assert len(PROCEDURES) >= 88
        assert len({procedure.content["vendor"]["slug"] for procedure in PROCEDURES}) >= 55

    def test_text_names_vendor_sender_and_every_detail(self) -> None:
        for procedure in PROCEDURES:
            for locale in LOCALES:
                with self.subTest(procedure=procedure.name, locale=locale):
                    text = output_of(procedure, "text", locale).decode()
                    assert_filled(text, procedure)
                    for value in (*(SENDER[name] for name in SENDER if name.startswith("signatory")), "Example GmbH"):
                        assert value in text
                    for field in procedure.fields:
                        if field.required:
                            assert field.example in text
                            assert field.label[locale] in text

    def test_the_prescribed_subject_stands_exactly(self) -> None:
        prescribed = [procedure for procedure in PROCEDURES if "subject_line" in procedure.facts]
        assert len(prescribed) >= 3
        for procedure in prescribed:
            for locale in LOCALES:
                text = output_of(procedure, "text", locale).decode()
                assert f"Subject: {procedure.facts['subject_line']['value']}\n" in text

    def test_eml_sheet_json_and_settings(self) -> None:
        for procedure in PROCEDURES:
            for locale in LOCALES:
                for output in formats_of(procedure):
                    if output not in ("text", "pdf"):
                        with self.subTest(procedure=procedure.name, locale=locale, output=output):
                            content = output_of(procedure, output, locale)
                            getattr(self, f"check_{output}")(procedure, content)

    def check_eml(self, procedure: Procedure, content: bytes) -> None:
        message = message_from_bytes(content, policy=default)
        assert message["Subject"]
        assert len(message["To"].addresses) == 1
        assert_filled(message.get_content().replace("\r\n", "\n"), procedure)

    def check_sheet(self, procedure: Procedure, content: bytes) -> None:
        text = content.decode()
        assert_filled(text, procedure)
        assert procedure.recipient["url"] in text
        assert all(field.example in text for field in procedure.fields if field.required)

    def check_json(self, procedure: Procedure, content: bytes) -> None:
        found = json.loads(content)
        assert found["procedure"] == procedure.name
        assert found["subject"] and found["body"] and found["snapshot"]["facts"]["sources"]

    def check_settings(self, procedure: Procedure, content: bytes) -> None:
        assert content
        assert b"<root-id>" not in content and b"{{" not in content

    def test_pdf_in_every_language(self) -> None:
        for number, procedure in enumerate(PROCEDURES):
            for locale in LOCALES:
                with self.subTest(procedure=procedure.name, locale=locale):
                    values = {"organisation_country": "US" if number % 2 else "DE"}
                    given = values_for(procedure, "pdf", **values)
                    content, _notes = render(procedure, given, "pdf", locale=locale, day=DAY, now=NOW)
                    with pikepdf.open(BytesIO(content)) as pdf:
                        assert str(pdf.Root.Lang).startswith(locale)
                    text = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())
                    draft = make_draft(procedure, check_values(procedure, given, "pdf"), locale=locale, day=DAY)
                    assert_filled(text.replace("  ", " "), procedure)
                    for line in (*draft.signature, *draft.recipient_lines):
                        assert line in text, line
