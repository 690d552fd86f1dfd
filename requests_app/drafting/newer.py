"""A draft and the catalogue: a later version of its procedure is taken only when somebody says so."""

from django.db import transaction
from django.utils import timezone

from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.drafting.grounds import default_ground
from requests_app.drafting.requests import EditedMeanwhile, initial_values, locked_draft, record_change
from requests_app.models import Action, Membership, OptOutRequest


def newer_version(opt_out_request: OptOutRequest) -> int | None:
    """Return the number of the procedure's latest version, if the draft was made from an earlier one."""
    numbers = opt_out_request.procedure.versions.order_by("-number").values_list("number", flat=True)
    latest = numbers[0]
    return latest if latest > opt_out_request.version.number else None


def take_latest_version(membership: Membership, opt_out_request: OptOutRequest, edition: int) -> OptOutRequest:
    """Base the draft on the procedure's latest version and return it; what was typed stays wherever it still fits.

    Raises EditedMeanwhile for an old edition, and DraftRefused once the request is handed over.
    """
    with transaction.atomic():
        current = locked_draft(opt_out_request)
        if current.edition != edition:
            raise EditedMeanwhile(current)
        current.version = current.procedure.versions.order_by("-number")[0]
        snapshot = Snapshot(current.version.content)
        known = initial_values(current.organisation, current.workspace, snapshot, membership)
        current.values = {name: current.values.get(name, value) for name, value in known.items()}
        if current.ground not in snapshot.optout["grounds"]:
            current.ground = default_ground(snapshot, current.organisation.country)
        current.edition += 1
        current.updated_at = timezone.now()
        current.save(update_fields=["version", "values", "ground", "edition", "updated_at"])
        detail = {
            "edition": current.edition,
            "changed": ["version"],
            "version": current.version.number,
            "version_hash": current.version.content_hash,
        }
        record_change(membership, current, Action.REQUEST_CHANGED, detail)
    return current
