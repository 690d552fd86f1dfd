"""A form sheet: what goes into which field of a vendor's form, in the order a person fills it in."""

from requests_app.catalogue.fields import sender_fields
from requests_app.drafting import wording
from requests_app.drafting.draft import Draft
from requests_app.drafting.mail import body_text

_SENDER = ("organisation_name", "signatory_name", "signatory_role", "signatory_email")
# The sheet is for these, and names the address for e-mail where there is one.
_ON_THE_SHEET = ("form", "support_ticket", "email")
_SUBJECT = {"en": "Subject", "de": "Betreff", "fr": "Objet"}
_MESSAGE = {"en": "Message", "de": "Nachricht", "fr": "Message"}


def entries(draft: Draft) -> list[tuple[str, str]]:
    """Return (label, value) for every field of the form, the message last. Each value is copied as a whole."""
    locale = draft.locale
    sender = [(field.label[locale], draft.values[field.name]) for field in sender_fields() if field.name in _SENDER]
    subject, message = (_SUBJECT[locale], draft.subject), (_MESSAGE[locale], body_text(draft).strip())
    return [*sender, *draft.details, subject, message]


def as_sheet(draft: Draft) -> str:
    """Return the sheet as plain text: where the form is, who may submit it, the steps, then field by field."""
    facts = draft.procedure.facts
    context = {
        "title": draft.procedure.optout["title"][draft.locale],
        "vendor": draft.procedure.vendor_name,
        "url": draft.procedure.recipient["url"],
        "email": draft.recipient_email,
        "who_may_submit": facts.get("who_may_submit", ""),
        "required_identifiers": facts.get("required_identifiers", []),
        "note": facts.get("recipient", {}).get("note", ""),
        "steps": facts.get("steps", []),
        "ways": [way for way in draft.procedure.channels if way not in _ON_THE_SHEET],
        "subject": {"variants": [], "note": "", **facts.get("subject_line", {})},
        "entries": [{"label": label, "value": value} for label, value in entries(draft)],
    }
    return wording.render(f"{draft.locale}/sheet.liquid", context).strip() + "\n"
