"""Changes to what an organisation is called, where it is and who signs for it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from requests_app.models import (
    Action,
    EventStream,
    Membership,
    OptOutRequest,
    Organisation,
    Source,
    Status,
    Subject,
    record_event,
)
from requests_app.people.ownership import lock_for_owner

PERSONAL = {"signatory_name", "signatory_role", "signatory_email"}
# By these, deadlines are counted.
CALENDAR = {"country", "time_zone", "working_days", "holiday_country", "holiday_region"}


def change_organisation(membership: Membership, values: Mapping[str, Any]) -> Organisation:
    """Save the fields that have other values than before, and one event with the old and new ones."""
    with transaction.atomic():
        now = Organisation.objects.get(pk=membership.organisation_id)
        counts = any(getattr(now, name) != values[name] for name in CALENDAR & values.keys())
        organisation = lock_for_owner(membership, _with_a_clock(now) if counts else None)
        changed = {
            name: {"from": getattr(organisation, name), "to": value}
            for name, value in values.items()
            if getattr(organisation, name) != value
        }
        if changed:
            for name in changed:
                setattr(organisation, name, values[name])
            organisation.save(update_fields=list(changed))
            if changed.keys() & CALENDAR:
                wind_clocks(organisation)
            record_event(
                EventStream.of_organisation(organisation),
                Action.ORGANISATION_CHANGED,
                actor=membership.actor,
                source=Source.WEB,
                subject=Subject.of(organisation),
                detail={name: change for name, change in changed.items() if name not in PERSONAL},
                personal={name: change for name, change in changed.items() if name in PERSONAL},
            )
    return organisation


def wind_clocks(organisation: Organisation) -> None:
    """Let the clock of each request of the organisation be worked out anew, except where nothing is due any more."""
    _with_a_clock(organisation).update(clock_stale=True)


def _with_a_clock(organisation: Organisation) -> QuerySet[OptOutRequest]:
    requests = OptOutRequest.objects.filter(organisation=organisation).exclude(status=Status.DRAFT)
    return requests.exclude(status=Status.CLOSED, next_action_at=None)
