"""What a record shows: pages that read well, and that open nothing and break on nothing that people bring."""

import io
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pypdf
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.formats import date_format
from PIL import Image

from requests_app.delivery.evidence import add_evidence, supersede
from requests_app.drafting.rendering.child import RenderFailed
from requests_app.models import Action, Event, Evidence, OptOutRequest, OutgoingMail, SendState, Source
from requests_app.records import pages
from requests_app.records.pages import page_of
from requests_app.records.record import RELATED
from requests_app.records.sealing import sealed_record, unsigned
from requests_app.records.verification import verify_record
from requests_app.tracking.changes import add_note
from tests.drafting.test_render_process import LOADERS
from tests.records.records import RecordTestCase, picture


def saved(kind: str, mode: str, size: tuple[int, int] = (400, 300)) -> bytes:
    """Return a plain picture of that mode."""
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


class LooksTestCase(RecordTestCase):
    def add(self, name: str, content: bytes, description: str = "") -> Evidence:
        upload = SimpleUploadedFile("x", content)
        upload.name = name
        return add_evidence(self.membership(self.owner), self.found, upload, description)

    def html(self) -> str:
        return page_of(self.record(), self.signing(), "0" * 64).html

    def text(self) -> str:
        read = pypdf.PdfReader(io.BytesIO(unsigned(self.record(), self.signing())))
        return " ".join(" ".join(page.extract_text().split()) for page in read.pages)

    def shown(self) -> list[str]:
        return list(page_of(self.record(), self.signing(), "0" * 64).pictures)


class EvidenceTests(LooksTestCase):
    def test_every_whole_picture_is_shown_and_no_other(self) -> None:
        whole = {
            "cmyk.jpg": saved("JPEG", "CMYK"),
            "clear.png": saved("PNG", "RGBA"),
            "grey.png": saved("PNG", "LA"),
            "moving.gif": saved("GIF", "P"),
            "web.webp": saved("WEBP", "RGB"),
            "huge.png": saved("PNG", "1", (6000, 6000)),
        }
        other = {
            "cut.png": picture()[:-50],
            "cut.jpg": picture("JPEG")[:-50],
            "too-many.png": saved("PNG", "1", (9000, 5000)),
            "statement.pdf": b"%PDF-1.7\n%%EOF\n",
            "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        }
        before = len(self.shown())
        for name, content in (whole | other).items():
            self.add(name, content)
        shown = self.shown()
        assert [name[13:] for name in shown[before:]] == list(whole)
        sealed = self.sealed()
        assert verify_record(sealed).is_good
        assert self.text().count("Not drawn here") == len(other) + 1

    def test_what_a_telephone_shows_is_drawn_high(self) -> None:
        self.add("telephone.png", picture("PNG", (300, 600)))
        html = self.html()
        assert html.count('<img class="tall"') == 1
        assert html.count("<img src=") == 1

    def test_what_was_replaced_is_shown_with_what_replaced_it(self) -> None:
        old = self.add("older.txt", b"older")
        upload = SimpleUploadedFile("newer.txt", b"newer")
        new = supersede(self.membership(self.owner), old, upload, "")
        rows: dict[str, Any] = {row["name"]: row for row in self.record().document["evidence"]}
        assert rows["older.txt"]["superseded_by"] == rows["newer.txt"]["file"]
        assert rows["newer.txt"]["supersedes"] == rows["older.txt"]["file"]
        text = self.text()
        for words in ("Replaced by a newer file:", "Replaces:", old.sha256, new.sha256):
            assert words in text
        assert verify_record(self.sealed()).is_good


class MailTests(LooksTestCase):
    def test_what_waits_in_the_outbox_is_not_called_sent(self) -> None:
        self.found = OptOutRequest.objects.select_related(*RELATED).get(pk=self.queued.pk)  # type: ignore[misc]
        assert ["Handed over", f"{date_format(self.found.submitted_on or '')} · By e-mail, not sent yet"] in (
            self.record().document["request"]["facts"]
        )
        assert "<h3>Not sent: request.eml</h3>" in self.html()
        OutgoingMail.objects.filter(pk=self.outgoing.pk).update(state=SendState.SENT)
        assert "<h3>Sent: request.eml</h3>" in self.html()
        assert "· Sent by e-mail" in self.html()


class TextTests(LooksTestCase):
    def test_nothing_that_people_bring_opens_anything(self) -> None:
        """The fence refuses a document that asks for anything at all: one that is drawn has asked for nothing."""
        for number, template in enumerate(LOADERS):
            loader = template.format(*["http://127.0.0.1:9/x"] * 2)
            self.add(f"{loader[:100]}.txt", b"%d" % number, loader[:300])
            add_note(self.membership(self.owner), self.found, loader)
        html = self.html()
        assert "<script" not in html
        assert html.count("<img") == html.count('src="picture:')
        assert unsigned(self.record(), self.signing()).startswith(b"%PDF-")

    def test_long_words_and_long_notes_stay_on_the_page(self) -> None:
        add_note(self.membership(self.owner), self.found, "w" * 2000)
        add_note(self.membership(self.owner), self.found, "A line\n" * 200)
        add_note(self.membership(self.owner), self.found, "שלום עולם · تم التأكيد · 😀")
        with tempfile.TemporaryDirectory() as folder:
            pdf = Path(folder, "record.pdf")
            pdf.write_bytes(unsigned(self.record(), self.signing()))
            boxes = subprocess.run(["pdftotext", "-bbox", pdf, "-"], capture_output=True, text=True, check=True).stdout
        words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', boxes)
        assert len(words) > 400
        for left, top, right, bottom in words:
            assert 50 < float(left) < float(right) < 545, (left, right)  # of 595 points, A4
            assert 20 < float(top) < float(bottom) < 822, (top, bottom)
        assert 'class="long"' in self.html()


class LastPageTests(LooksTestCase):
    def test_it_is_titled_by_what_it_is_and_its_commands_stand_alone(self) -> None:
        read = pypdf.PdfReader(io.BytesIO(unsigned(self.record(), self.signing())))
        assert read.metadata and read.metadata.title == f"Audit record {self.found.reference}"
        lines = [line.strip() for page in read.pages for line in page.extract_text().splitlines()]
        commands = ("pdfsig FILE.pdf", "pdfdetach -saveall FILE.pdf", "sha256sum -c SHA256SUMS", "python3 verify.py .")
        for command in commands:
            assert command in lines
        resources: Any = read.pages[-1]["/Resources"]
        fonts = {str(font["/BaseFont"]) for font in resources["/Font"].values()}
        assert any(name.endswith("Noto-Sans-Mono") for name in fonts), fonts


class FailureTests(LooksTestCase):
    def test_no_record_is_written_down_that_could_not_be_drawn(self) -> None:
        for failure in ("an empty PDF", "half a PDF"):
            with patch.object(pages, "render_pdf", side_effect=RenderFailed(failure)), self.assertRaises(RenderFailed):
                sealed_record(self.found, actor="command", source=Source.COMMAND, language="en")
        assert not Event.objects.filter(stream=self.found.stream, action=Action.RECORD_EXPORTED).exists()
