"""What a checker of PDF/A-3a and PDF/UA-1 looks at; pikepdf's own syntax check is that of qpdf."""

import datetime
import io
from dataclasses import replace
from typing import ClassVar

import pikepdf
from django.test import SimpleTestCase

from requests_app.drafting.letters.letter import letter_html, letter_sheets, render_letter
from requests_app.drafting.rendering.client import RenderClient
from tests.drafting.letters import ON_A4, ON_US_LETTER


class LetterPdfTests(SimpleTestCase):
    pdf: ClassVar[pikepdf.Pdf]
    content: ClassVar[bytes]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.content = render_letter(replace(ON_A4, body="Text\n\n- عربي\n\n1. עברית\n\nΕλληνικά → Русский"))
        cls.pdf = pikepdf.open(io.BytesIO(cls.content))
        cls.addClassCleanup(cls.pdf.close)

    def test_it_has_no_syntax_errors(self) -> None:
        assert self.pdf.check_pdf_syntax() == []

    def test_it_is_tagged(self) -> None:
        assert self.pdf.Root.MarkInfo.Marked
        assert len(self.pdf.Root.StructTreeRoot.K) > 0
        assert self.pdf.pages[0].Tabs == "/S"

    def test_it_has_language_and_title(self) -> None:
        assert str(self.pdf.Root.Lang) == "de"
        assert self.pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(self.pdf.docinfo["/Title"]) == "Nutzung unserer Daten"
        assert str(self.pdf.docinfo["/Author"]) == "Acme GmbH"

    def test_its_metadata_claims_pdf_a_3a_and_pdf_ua_1(self) -> None:
        metadata = self.pdf.open_metadata()
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert metadata["dc:title"] == "Nutzung unserer Daten"
        assert b"pdfaExtension:schemas" in self.pdf.Root.Metadata.read_bytes()

    def test_it_has_an_output_intent(self) -> None:
        (intent,) = self.pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.N == 3

    def test_all_fonts_are_embedded_and_ours(self) -> None:
        fonts = self.pdf.pages[0].Resources.Font
        families = set()
        for font in fonts.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert len(descriptor.FontFile2.read_bytes()) > 500
            assert "/ToUnicode" in font
            families.add(str(font.BaseFont).split("+")[1])
        assert families == {
            *("Noto-Sans", "Noto-Sans-Bold", "Noto-Sans-Arabic", "Noto-Sans-Hebrew", "Noto-Sans-Math"),
        }

    def test_all_that_is_drawn_is_tagged_or_an_artifact(self) -> None:
        depth = 0
        for instruction in pikepdf.parse_content_stream(self.pdf.pages[0]):
            name = str(instruction.operator)
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(name, 0)
            assert depth or name not in ("Tj", "TJ", "S", "f", "f*", "B", "Do", "sh"), instruction

    def test_it_has_no_links_files_or_scripts(self) -> None:
        for name in ("/Names", "/AF", "/OpenAction", "/AA", "/AcroForm"):
            assert name not in self.pdf.Root
        assert "/Annots" not in self.pdf.pages[0]

    def test_the_same_letter_gives_the_same_bytes_in_another_process(self) -> None:
        letter = replace(ON_A4, body="Text\n\n- عربي\n\n1. עברית\n\nΕλληνικά → Русский")
        assert render_letter(letter) == self.content
        client = RenderClient()
        self.addCleanup(client.close)
        assert client.render(letter_html(letter), letter_sheets(letter)) == self.content

    def test_its_dates_are_those_of_the_letter(self) -> None:
        assert str(self.pdf.docinfo["/CreationDate"]).startswith("D:20261124")
        later = render_letter(replace(ON_A4, date=datetime.date(2027, 1, 1)))
        with pikepdf.open(io.BytesIO(later)) as pdf:
            assert str(pdf.docinfo["/CreationDate"]).startswith("D:20270101")
            assert pdf.trailer.ID[0] != self.pdf.trailer.ID[0]

    def test_the_paper_is_that_of_the_country(self) -> None:
        for letter, size in (
            (ON_A4, (595, 842)),
            (ON_US_LETTER, (612, 792)),
            (replace(ON_A4, country="mx"), (612, 792)),
        ):
            with pikepdf.open(io.BytesIO(render_letter(letter))) as pdf:
                box = pdf.pages[0].MediaBox
                assert (round(float(box[2])), round(float(box[3]))) == size
