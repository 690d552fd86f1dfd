"""The organisation's own paragraph that says what is asked: checked when it is saved, used by each new draft."""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from requests_app.catalogue.fields import FieldError, refuse_control_characters, sender_fields
from requests_app.catalogue.placeholders import PlaceholderError, used_in
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.drafting import wording
from requests_app.models import (
    Action,
    EventStream,
    Membership,
    OwnWording,
    Procedure,
    Source,
    Subject,
    record_event,
)

LONGEST = 5000


class OwnWordingRefused(ValueError):
    """A wording that could not be filled in every request; says what to change."""


def latest_snapshot(procedure: Procedure) -> Snapshot:
    """Return the procedure as it is today."""
    return Snapshot(procedure.versions.order_by("-number")[0].content)


def placeholders_of(snapshot: Snapshot) -> dict[str, str]:
    """Return the names that a wording may put in, with examples: fields that every request has filled."""
    fields = [*(field for field in snapshot.fields if field.required), *sender_fields()]
    return {field.name: field.example for field in fields}


def example_of(snapshot: Snapshot, text: str) -> str:
    """Return the wording filled with examples. Raises OwnWordingRefused where it cannot be."""
    allowed = placeholders_of(snapshot)
    try:
        refuse_control_characters(text, "\n")
        unknown = used_in(text) - set(allowed)
        if unknown:
            message = _("There is no placeholder {unknown} here. Use: {allowed}.")
            raise OwnWordingRefused(
                message.format(unknown=", ".join(sorted(unknown)), allowed=", ".join(f"{{{{ {n} }}}}" for n in allowed))
            )
        filled = wording.fill(text, allowed).strip()
    except (FieldError, PlaceholderError, wording.WordingError) as error:
        raise OwnWordingRefused(_("This cannot be filled in: {reason}.").format(reason=error)) from error
    if not filled:
        raise OwnWordingRefused(_("Write what you ask for, or return to the catalogue's wording."))
    return filled


def save_own_wording(membership: Membership, procedure: Procedure, locale: str, text: str) -> OwnWording:
    """Save the organisation's wording for the procedure and language. Raises OwnWordingRefused."""
    example_of(latest_snapshot(procedure), text)
    with transaction.atomic():
        own, _created = OwnWording.objects.update_or_create(
            organisation=membership.organisation,
            procedure=procedure,
            locale=locale,
            defaults={"text": text, "updated_by": membership.user},
        )
        _record(membership, own, "saved")
    return own


def return_to_shipped(membership: Membership, own: OwnWording) -> None:
    """Delete the organisation's wording: drafts take the catalogue's again."""
    with transaction.atomic():
        _record(membership, own, "returned")
        own.delete()


def _record(membership: Membership, own: OwnWording, change: str) -> None:
    record_event(
        EventStream.of_organisation(membership.organisation),
        Action.SETTINGS_CHANGED,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(own),
        detail={
            "wording": str(own.procedure),
            "locale": own.locale,
            "change": change,
            "text_sha256": hashlib.sha256(own.text.encode()).hexdigest(),
        },
    )
