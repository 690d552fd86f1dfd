"""Letters to test with, and how a finished PDF is read: pdftotext (poppler-utils) for text and places."""

import datetime
import re
import subprocess
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from requests_app.drafting.letters.letter import Letter

LONG_NAME = (
    "Internationale Gesellschaft für angewandte Datenverarbeitung und Nachrichtentechnik Süd-West mbH & Co. KGaA"[:105]
)
SEVEN_LINES = (
    LONG_NAME,
    "Abteilung Datenschutz",
    "z. Hd. Frau Dr. Beispiel",
    "Gebäude 12, Aufgang C",
    "Lange Straße 123 a",
    "12345 Musterstadt",
    "DEUTSCHLAND",
)

ON_A4 = Letter(
    locale="de",
    country="DE",
    sender_name="Acme GmbH",
    sender_address="Musterstraße 1\n12345 Musterstadt",
    sender_email="jane.doe@example.org",
    recipient_lines=("Example Inc.", "Privacy Team", "500 Example Street", "Springfield, IL 62701", "USA"),
    date=datetime.date(2026, 11, 24),
    subject="Nutzung unserer Daten",
    body="Sehr geehrte Damen und Herren,\n\nwir weisen Sie an, unsere Daten nicht zu nutzen.",
    closing="Mit freundlichen Grüßen",
    signature_lines=("Jane Doe", "Leiterin IT"),
)
ON_US_LETTER = replace(ON_A4, locale="en", country="US")


@dataclass(frozen=True)
class Word:
    """A word of a page and the box around it, in mm from the page's upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def _pdftotext(pdf: bytes, *options: str) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "letter.pdf"
        path.write_bytes(pdf)
        return subprocess.run(["pdftotext", *options, path, "-"], check=True, capture_output=True, text=True).stdout


def page_texts(pdf: bytes) -> list[str]:
    """Return the text of each page, with runs of spaces and newlines as one space."""
    pages = _pdftotext(pdf).split("\f")[:-1]
    return [" ".join(page.split()) for page in pages]


def text_of(pdf: bytes) -> str:
    """Return the text of all pages."""
    return " ".join(page_texts(pdf))


def words_of(pdf: bytes, page: int = 1) -> list[Word]:
    """Return the words of a page with their boxes, as `pdftotext -bbox` sees them."""
    found = re.findall(
        r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>',
        _pdftotext(pdf, "-bbox", "-f", str(page), "-l", str(page)),
    )
    return [Word(text, *(float(number) * 25.4 / 72 for number in numbers)) for *numbers, text in found]


def characters(text: str) -> list[str]:
    """Return a text's characters in a fixed order, without spaces and direction marks.

    A PDF holds right-to-left text as glyphs in the order of the eye, and tools differ in how they turn it back.
    """
    plain = unicodedata.normalize("NFKD", text)
    return sorted(
        character for character in plain if not character.isspace() and unicodedata.category(character) != "Cf"
    )
