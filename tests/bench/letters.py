"""Letters per second through the real path, against bare WeasyPrint and against a naive set-up per call.

`run()` returns the rows; Django must be set up. Takes about a quarter of a minute.
"""

import datetime
import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from requests_app.drafting.letters.letter import Letter, letter_html, letter_sheets, render_letter
from requests_app.drafting.rendering.process import PDF_VARIANT, SHEET_DIR
from tests.bench.row import Row

ROUNDS = 60


LETTER = Letter(
    locale="en",
    country="DE",
    sender_name="Acme GmbH",
    sender_address="Example Street 12\n12345 Example City\nGermany",
    sender_email="jane.doe@example.org",
    recipient_lines=("Example Inc.", "Privacy Team", "500 Example Street", "Springfield, IL 62701", "UNITED STATES"),
    date=datetime.date(2026, 11, 24),
    subject="Opt-out of the use of our data for training: acme.example.com",
    body="Dear Sir or Madam,\n\n"
    "We use your service under the workspace acme.example.com. We instruct you not to use the data of this workspace "
    "to train or improve machine-learning models, neither your own nor those of others.\n\n"
    "This covers:\n\n- messages and files\n- usage data\n- data derived from either\n\n"
    "Please confirm in writing, by 8 December 2026:\n\n"
    "1. that you have received this letter,\n2. from which date our data is excluded,\n"
    "3. what happens to data that you have already used.\n\n"
    "If you need more to act on this, please write to the address above. We have kept a copy of this letter.",
    closing="Yours faithfully,",
    signature_lines=("Jane Doe", "Head of IT", "Acme GmbH"),
)


@dataclass(frozen=True)
class Built:
    """Style sheets and fonts, built once or each time."""

    sheets: list[CSS]
    fonts: FontConfiguration


def build() -> Built:
    """Read and compile the letter's style sheets and fonts."""
    fonts = FontConfiguration()
    paths = [SHEET_DIR / name for name in letter_sheets(LETTER)]
    return Built([CSS(filename=str(path), font_config=fonts) for path in paths], fonts)


def bare(html: str, built: Built) -> bytes:
    """Return what WeasyPrint alone makes of the HTML, as PDF/A-3a like ours."""
    pdf: bytes = HTML(string=html).write_pdf(stylesheets=built.sheets, font_config=built.fonts, pdf_variant=PDF_VARIANT)
    return pdf


def seconds(make: Callable[[], bytes]) -> float:
    """Return the seconds for one letter."""
    started = time.perf_counter()
    if not make().startswith(b"%PDF-"):
        raise RuntimeError("No PDF was made.")
    return time.perf_counter() - started


def run() -> list[Row]:
    """Measure the three ways in turn, letter by letter, and return a row for each comparison.

    Rates are medians; a ratio is the median of the rounds' ratios, so that what else the machine does weighs little.
    """
    logging.getLogger("weasyprint.progress").setLevel(logging.ERROR)  # as in the render process
    html, built = letter_html(LETTER), build()
    ways: dict[str, Callable[[], bytes]] = {
        "real": lambda: render_letter(LETTER),
        "bare": lambda: bare(html, built),
        "naive": lambda: bare(html, build()),
    }
    rounds = [{name: seconds(make) for name, make in ways.items()} for _ in range(ROUNDS + 2)][2:]  # two to warm up
    return [
        _row("letters", rounds, "bare", "bare WeasyPrint, built once", 0.9),
        _row("letters, set-up kept", rounds, "naive", "WeasyPrint, built for each letter", 1.3),
    ]


def _rate(rounds: list[dict[str, float]], way: str) -> float:
    return 1 / statistics.median(times[way] for times in rounds)


def _row(name: str, rounds: list[dict[str, float]], other: str, description: str, aim: float) -> Row:
    return {
        "name": name,
        "value": round(_rate(rounds, "real"), 2),
        "unit": "letters/s",
        "reference": f"{description}: {_rate(rounds, other):.2f} letters/s",
        "ratio": round(statistics.median(times[other] / times["real"] for times in rounds), 3),
        "aim": f">= {aim}",
    }
