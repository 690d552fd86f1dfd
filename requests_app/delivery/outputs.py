"""The files of one request: made from the draft until it is handed over, from then on the bytes that were kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import partial
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.drafting.draft import Draft
from requests_app.drafting.formats import formats_of
from requests_app.drafting.letters.fitting import DoesNotFit
from requests_app.drafting.letters.fonts import UnsupportedCharacters
from requests_app.drafting.letters.letter import render_letter
from requests_app.drafting.mail import as_eml, as_text
from requests_app.drafting.outputs import letter_of, settings_of
from requests_app.drafting.rendering.child import RenderError
from requests_app.drafting.requests import draft_of, main_output, snapshot_of
from requests_app.drafting.settings_files import SettingsError
from requests_app.drafting.sheet import as_sheet
from requests_app.models import Message, OptOutRequest

TEXT, EML, LETTER, SHEET = "message.txt", "request.eml", "letter.pdf", "sheet.txt"
LABELS = {
    TEXT: gettext_lazy("Message as text"),
    EML: gettext_lazy("E-mail"),
    LETTER: gettext_lazy("Letter"),
    SHEET: gettext_lazy("Form sheet"),
}


class OutputRefused(ValueError):
    """A file that cannot be made of this request; says why, and what to do."""


@dataclass(frozen=True)
class Output:
    """One file: its name without folders, its media type, its exact bytes, and what to call it."""

    name: str
    media_type: str
    content: bytes
    label: str


Makers = dict[str, Callable[[], Output]]


def outputs_of(opt_out_request: OptOutRequest, *, day: date | None = None) -> tuple[Output, ...]:
    """Return every file of the request, those of a draft as of that day (today).

    Raises ValuesRefused while something is missing, OutputRefused for a file that cannot be made. A letter that
    does not fit its sheet is left out where the request does not go by post.
    """
    if opt_out_request.snapshot:
        return tuple(_kept(message) for message in _messages(opt_out_request))
    makers = _makers(opt_out_request, _draft(opt_out_request, day))
    outputs = [make() for name, make in makers.items() if name != LETTER]
    try:
        outputs.append(makers[LETTER]())
    except OutputRefused:
        if snapshot_of(opt_out_request).channel == "postal_letter":
            raise
    return tuple(outputs)


def output_of(opt_out_request: OptOutRequest, name: str) -> Output | None:
    """Return the file of that name, or None. Raises ValuesRefused or OutputRefused."""
    if opt_out_request.snapshot:
        message = _messages(opt_out_request).filter(name=name).first()
        return _kept(message) if message else None
    make = _makers(opt_out_request, _draft(opt_out_request, None)).get(name)
    return make() if make else None


def output_names(opt_out_request: OptOutRequest, draft: Draft | None = None) -> list[str]:
    """Return the names of the files, without making a letter; `draft` is that of today, if the caller has it.

    Raises ValuesRefused or OutputRefused.
    """
    if opt_out_request.snapshot:
        return list(_messages(opt_out_request).values_list("name", flat=True))
    return list(_makers(opt_out_request, draft or _draft(opt_out_request, None)))


def _messages(opt_out_request: OptOutRequest) -> QuerySet[Message]:
    return opt_out_request.messages.filter(direction=Message.Direction.OUTGOING)


def _kept(message: Message) -> Output:
    return Output(message.name, message.media_type, bytes(message.raw), str(LABELS.get(message.name, message.name)))


def _draft(opt_out_request: OptOutRequest, day: date | None) -> Draft:
    return draft_of(opt_out_request, output=main_output(snapshot_of(opt_out_request)), day=day)


def _makers(opt_out_request: OptOutRequest, draft: Draft) -> Makers:
    """Return what makes each file that the procedure offers."""
    if opt_out_request.organisation.is_demo:
        draft = _marked_as_demo(draft)
    offered = formats_of(draft.procedure)
    makers: Makers = {TEXT: partial(_text, TEXT, as_text, draft)}
    if "eml" in offered and draft.recipient_email and not opt_out_request.organisation.is_demo:
        makers[EML] = partial(_eml, opt_out_request, draft)
    makers[LETTER] = partial(_letter, draft)
    if "sheet" in offered:
        makers[SHEET] = partial(_text, SHEET, as_sheet, draft)
    if "settings" in offered:
        for output in _settings(draft):
            makers[output.name] = partial(_same, output)
    return makers


def _marked_as_demo(draft: Draft) -> Draft:
    """Return the draft so that nobody can take it for a real one."""
    mark = "[DEMO]"
    return replace(draft, subject=f"{mark} {draft.subject}", body=f"{mark}\n\n{draft.body}")


def _text(name: str, make: Callable[[Draft], str], draft: Draft) -> Output:
    return Output(name, "text/plain; charset=utf-8", make(draft).encode(), str(LABELS[name]))


def _eml(opt_out_request: OptOutRequest, draft: Draft) -> Output:
    """Return the e-mail. Date and Message-ID follow from the draft, so that each download has the same bytes."""
    midnight = datetime.combine(draft.day, time.min, ZoneInfo(opt_out_request.organisation.time_zone))
    name = f"{opt_out_request.stream.name}.{opt_out_request.edition}"
    content = as_eml(draft, max(midnight, timezone.localtime(opt_out_request.updated_at, midnight.tzinfo)), name)
    return Output(EML, "message/rfc822", content, str(LABELS[EML]))


def _letter(draft: Draft) -> Output:
    # Without a postal address the letter is for a form or an e-mail to carry: it names whom it is for all the same.
    named = tuple(filter(None, (draft.recipient_name or draft.procedure.vendor_name, draft.recipient_email)))
    letter = letter_of(replace(draft, recipient_lines=draft.recipient_lines or named))
    try:
        return Output(LETTER, "application/pdf", render_letter(letter), str(LABELS[LETTER]))
    except (DoesNotFit, UnsupportedCharacters, RenderError) as error:
        raise OutputRefused(_("The letter cannot be drawn: {reason}").format(reason=error)) from error


def _settings(draft: Draft) -> list[Output]:
    try:
        files = settings_of(draft.procedure, draft.values, locale=draft.locale, day=draft.day, include_optional=False)
    except SettingsError as error:
        raise OutputRefused(_("The settings file cannot be written: {reason}").format(reason=error)) from error
    return [Output(file.name, file.media_type, file.content, file.name) for file in files]


def _same(output: Output) -> Output:
    return output
