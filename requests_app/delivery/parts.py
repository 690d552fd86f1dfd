"""What the hand-over page offers: which ways out there are, and what has to be said about them."""

from collections.abc import Sequence
from dataclasses import dataclass

from requests_app.catalogue.sources import safe_link
from requests_app.delivery.mailto import is_too_long, mailto_of
from requests_app.delivery.outputs import EML, LETTER, SHEET, TEXT
from requests_app.drafting.draft import Draft
from requests_app.drafting.mail import body_text
from requests_app.drafting.preview import Preview
from requests_app.models import OptOutRequest

_NOT_SETTINGS = (TEXT, EML, LETTER, SHEET)


@dataclass(frozen=True)
class Parts:
    """The texts to copy and the links to follow; what is empty is not offered."""

    text: str
    everything: str
    mailto: str
    mailto_too_long: bool
    has_eml: bool
    form_url: str
    settings: tuple[str, ...]
    posted_to: str
    first: str


def parts_of(opt_out_request: OptOutRequest, preview: Preview, names: Sequence[str]) -> Parts:
    """Return what is offered for a complete preview."""
    draft = preview.draft
    if draft is None:
        raise ValueError("only a complete draft can be handed over")
    mailto = mailto_of(draft) if EML in names else ""
    text = body_text(draft).strip()
    return Parts(
        text=text,
        everything=f"{draft.subject}\n\n{text}",
        mailto=mailto,
        mailto_too_long=is_too_long(mailto),
        has_eml=EML in names,
        form_url=safe_link(draft.procedure.recipient["url"]),
        settings=tuple(name for name in names if name not in _NOT_SETTINGS),
        posted_to="\n".join(draft.recipient_lines),
        first=_first(draft, names),
    )


def _first(draft: Draft, names: Sequence[str]) -> str:
    """Return what the page begins with: the settings, the form sheet where that is the channel, or the message."""
    if set(names) - set(_NOT_SETTINGS):
        return "settings"
    return "sheet" if draft.procedure.channel in ("form", "support_ticket") else "mail"
