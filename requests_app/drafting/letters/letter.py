"""The letter as a PDF: DIN 5008 form B on A4, or US Letter for a #10 window, by the sender's country."""

import datetime
import textwrap
from dataclasses import dataclass

from django.template.loader import get_template

from requests_app.drafting.dates import day_in_words
from requests_app.drafting.letters.fitting import Box, DoesNotFit, Fitted, fit
from requests_app.drafting.letters.fonts import check_characters
from requests_app.drafting.letters.paper import Paper, paper_for
from requests_app.drafting.letters.text import Line, direction, line, parts, runs
from requests_app.drafting.rendering.client import render_pdf

# "Page 2 of 3" in two pieces around the first number.
PAGE_WORDS = {"en": ("Page", "of"), "de": ("Seite", "von"), "fr": ("Page", "sur")}
_SHORT_SUBJECT = 90  # characters that surely fit two lines of the running head


@dataclass(frozen=True)
class Letter:
    """All that a letter says. `country` is the sender's (ISO 3166-1 alpha-2) and decides the paper.

    `body` is plain text: blank lines separate paragraphs, single newlines break lines, a paragraph whose lines all
    start with "- " or with "1. ", "2. " is a list. Nothing in any field is read as HTML or as a template.
    """

    locale: str
    country: str
    sender_name: str
    sender_address: str
    sender_email: str
    recipient_lines: tuple[str, ...]
    date: datetime.date
    subject: str
    body: str
    closing: str
    signature_lines: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A block of lines at a measured place; `style` is its inline CSS."""

    name: str
    style: str
    lines: tuple[Line, ...]


def render_letter(letter: Letter) -> bytes:
    """Return the letter as PDF/A-3a and PDF/UA-1, the same bytes for the same letter.

    Raises UnsupportedCharacters, DoesNotFit, or a RenderError of the render process.
    """
    return render_pdf(letter_html(letter), sheets=letter_sheets(letter))


def letter_sheets(letter: Letter) -> tuple[str, ...]:
    """Return the names of the style sheets (in templates/letters/) that go with letter_html, in order."""
    return ("fonts.css", "letter.css", paper_for(letter.country).sheet)


def letter_html(letter: Letter) -> str:
    """Return the letter as HTML. Raises UnsupportedCharacters or DoesNotFit."""
    letter = _with_plain_newlines(letter)
    check_characters(_all_text(letter))
    page, of = PAGE_WORDS[letter.locale]
    context = {
        "letter": letter,
        "words": {"page": page, "of": of},
        "blocks": _blocks(letter, paper_for(letter.country)),
        "subject": line(letter.subject),
        "short_subject": textwrap.shorten(letter.subject, _SHORT_SUBJECT, placeholder=" …"),
        "parts": parts(letter.body),
        "closing": line(letter.closing),
        "signature": runs(letter.signature_lines),
    }
    return get_template("letters/letter.html").render(context)


def _with_plain_newlines(letter: Letter) -> Letter:
    """Return the letter with the newlines of web forms (CR LF) made plain."""
    changed = {name: getattr(letter, name).replace("\r\n", "\n") for name in ("body", "sender_address")}
    return Letter(**{**vars(letter), **changed})


def _all_text(letter: Letter) -> str:
    values = vars(letter).values()
    single = [value for value in values if isinstance(value, str)]
    return "\n".join((*single, *letter.recipient_lines, *letter.signature_lines))


def _blocks(letter: Letter, paper: Paper) -> list[Block]:
    """Return the blocks above the subject in reading order."""
    address = tuple(text for text in letter.sender_address.split("\n") if text.strip())
    date = day_in_words(letter.date, letter.locale, month_first=paper.month_first)
    blocks = [_fit_block("letterhead", (letter.sender_name,), paper.letterhead, paper, largest=13, bold=True)]
    if paper.return_line:
        blocks.append(_return_line((letter.sender_name, *address), paper.return_line, paper))
    blocks.append(_address(letter.recipient_lines, paper))
    info = (*address, letter.sender_email, "\N{NO-BREAK SPACE}", date)
    blocks.append(_fit_block("info", info, paper.info, paper, largest=9, leading=1.3))
    return blocks


def _fit_block(
    name: str,
    lines: tuple[str, ...],
    box: Box,
    paper: Paper,
    *,
    largest: float,
    leading: float = 1.15,
    bold: bool = False,
) -> Block:
    fitted = fit(lines, box, largest=largest, leading=leading, bold=bold)
    if fitted is None:
        raise _does_not_fit({"letterhead": "The sender's name", "info": "The sender's address"}[name], box)
    return _placed(name, fitted, box.left, box.top, paper)


def _return_line(parts_of_it: tuple[str, ...], box: Box, paper: Paper) -> Block:
    """Return the sender's small line above the address, standing at the bottom of its zone."""
    fitted = fit((" · ".join(parts_of_it),), box, largest=7.5)
    if fitted is None:
        raise _does_not_fit("The sender's return address", box)
    return _placed("return", fitted, box.left, box.bottom - fitted.height, paper)


def _address(lines: tuple[str, ...], paper: Paper) -> Block:
    """Return the recipient's lines inside the window of the envelope."""
    for window in paper.windows:
        fitted = fit(lines, window.box, largest=window.largest, smallest=window.smallest, leading=window.leading)
        if fitted is not None:
            top = window.box.bottom - fitted.height if window.at_bottom else window.box.top
            return _placed("address", fitted, window.box.left, top, paper)
    raise _does_not_fit("The recipient's address", paper.windows[-1].box)


def _does_not_fit(what: str, box: Box) -> DoesNotFit:
    return DoesNotFit(
        f"{what} does not fit its place of {box.width:.0f} x {box.height:.0f} mm even at 7 pt. Shorten it."
    )


def _placed(name: str, fitted: Fitted, left: float, top: float, paper: Paper) -> Block:
    """Return the block; its lines share the direction in which the block as a whole is aligned."""
    aligned = "right" if direction(" ".join(fitted.lines)) == "rtl" else "left"
    style = f"left:{left - paper.margin_left:.2f}mm;top:{top:.2f}mm;text-align:{aligned}"
    style += f";font-size:{fitted.size}pt;line-height:{fitted.leading}"
    return Block(name, style, runs(fitted.lines))
