"""The exact thing before it is handed over, with what is missing marked in place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from requests_app.drafting.draft import Draft
from requests_app.drafting.formats import formats_of, is_written
from requests_app.drafting.mail import body_text
from requests_app.drafting.outputs import settings_of
from requests_app.drafting.requests import draft_of, draft_with, main_output, snapshot_of
from requests_app.drafting.settings_files import SettingsError
from requests_app.drafting.sheet import entries
from requests_app.drafting.values import ValuesRefused, fields_for, labels_of
from requests_app.models import OptOutRequest

# Private-use characters around what a person has to mend; nobody types them.
_START, _END = "\ue000", "\ue001"
_MARKED = re.compile(f"{_START}([^{_END}]*){_END}")

Marked = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Gap:
    """One field that has to be mended: its name, what the page calls it, and what to do."""

    name: str
    label: str
    message: str


@dataclass(frozen=True)
class File:
    """A settings file as text."""

    name: str
    text: str


@dataclass(frozen=True)
class Preview:
    """What the page shows; each text comes in parts, and a part that is marked is missing or wrong."""

    draft: Draft | None
    gaps: tuple[Gap, ...]
    recipient: Marked = ()
    address: Marked = ()
    subject: Marked = ()
    signature: Marked = ()
    text: Marked = ()
    entries: tuple[tuple[str, Marked], ...] = ()
    files: tuple[File, ...] = ()
    formats: tuple[str, ...] = field(default_factory=tuple)
    written: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether the request can be handed over."""
        return self.draft is not None and not self.gaps


def preview_of(opt_out_request: OptOutRequest) -> Preview:
    """Return the preview of the request as it stands in memory, saved or not."""
    procedure = snapshot_of(opt_out_request)
    gaps: tuple[Gap, ...] = ()
    try:
        draft = draft_of(opt_out_request, output=main_output(procedure))
    except ValuesRefused as refusal:
        labels = labels_of(procedure)
        gaps = tuple(Gap(one.field, labels.get(one.field, one.field), one.message) for one in refusal.problems)
        try:
            draft = draft_with(opt_out_request, _marked_values(opt_out_request, gaps))
        except ValuesRefused:
            return Preview(None, gaps)
    offered = formats_of(procedure)
    return Preview(
        draft=draft,
        gaps=gaps,
        recipient=marked(_recipient(draft)),
        address=marked("\n".join(draft.recipient_lines)),
        subject=marked(draft.subject),
        signature=marked(", ".join(filter(None, draft.signature))),
        text=marked(body_text(draft).strip()),
        entries=tuple((label, marked(value)) for label, value in entries(draft)) if "sheet" in offered else (),
        files=() if gaps else files_of(draft),
        formats=offered,
        written=is_written(procedure),
    )


def files_of(draft: Draft) -> tuple[File, ...]:
    """Return the settings files, what to do first; none where the values cannot be written into one."""
    if "settings" not in formats_of(draft.procedure):
        return ()
    try:
        files = settings_of(draft.procedure, draft.values, locale=draft.locale, day=draft.day, include_optional=False)
    except SettingsError:
        return ()
    *others, instructions = (File(file.name, _as_text(file.content)) for file in files)
    return (instructions, *others)


def marked(text: str) -> Marked:
    """Return the text in parts, those between the marks told apart."""
    parts = _MARKED.split(text)
    return tuple((part, index % 2 == 1) for index, part in enumerate(parts) if part)


def _marked_values(opt_out_request: OptOutRequest, gaps: tuple[Gap, ...]) -> Mapping[str, str]:
    given: dict[str, str] = opt_out_request.values
    values = {one.name: given.get(one.name, "").strip() for one in fields_for(snapshot_of(opt_out_request))}
    for gap in gaps:
        # The country is not shown: it decides the paper.
        if gap.name in values and gap.name != "organisation_country":
            values[gap.name] = f"{_START}{values[gap.name] or gap.label}{_END}"
    return values


def _recipient(draft: Draft) -> str:
    if not draft.recipient_email:
        return draft.recipient_name or draft.procedure.vendor_name
    return f"{draft.recipient_name} <{draft.recipient_email}>" if draft.recipient_name else draft.recipient_email


def _as_text(content: bytes) -> str:
    """Return the file as text; registry files are UTF-16 with a mark at the beginning."""
    return content.decode("utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
