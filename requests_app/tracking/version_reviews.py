"""What a person says about a request that a change of the catalogue concerns: still right, or to be acted on."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.models import Action, Membership, OptOutRequest, Source, Status, Subject, record_event
from requests_app.tracking.changes import move_request


class ReviewRefused(ValueError):
    """What was looked at is not what there is now; says so. Nothing was changed."""


def keep_as_it_is(membership: Membership, opt_out_request: OptOutRequest, number: int) -> OptOutRequest:
    """Record that a person looked at the change up to that version and finds the request still right; return it.

    Raises ReviewRefused when there is a newer version than the one that was looked at, or nothing to look at.
    """
    return _review(membership, opt_out_request, number, acts=False)


def take_up_again(membership: Membership, opt_out_request: OptOutRequest, number: int) -> OptOutRequest:
    """Record the same, and that the request has to be acted on: it needs action, and is reopened if it was closed."""
    return _review(membership, opt_out_request, number, acts=True)


def _review(membership: Membership, opt_out_request: OptOutRequest, number: int, *, acts: bool) -> OptOutRequest:
    with transaction.atomic():
        rows = OptOutRequest.objects.select_for_update(of=("self",)).select_related("stream", "version")
        locked = rows.get(pk=opt_out_request.pk)
        if locked.changed_version is None:
            raise ReviewRefused(_("Somebody has looked at this change already."))
        if locked.changed_version != number:
            raise ReviewRefused(_("The procedure has changed once more. Look at what is new."))
        locked.changed_version, locked.reviewed_version = None, number
        locked.updated_at = timezone.now()
        locked.save(update_fields=["changed_version", "reviewed_version", "updated_at"])
        record_event(
            locked.stream,
            Action.VERSION_CHANGE_SEEN,
            actor=membership.actor,
            source=Source.WEB,
            subject=Subject.of(locked),
            detail={"from": locked.version.number, "to": number, "acts": acts},
        )
        if acts and locked.status != Status.ACTION_NEEDED:
            return move_request(membership, locked, Status.ACTION_NEEDED)
    return locked
