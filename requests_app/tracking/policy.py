"""When Optout reminds and follows up: what was chosen for a procedure, else its vendor, else everything, else defaults.

The defaults are Optout's own: no law and no vendor sets them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import Q

from requests_app.drafting.formats import is_written
from requests_app.drafting.requests import snapshot_of
from requests_app.models import FollowUpPolicy, OptOutRequest

# Organisation, vendor, procedure; the last two are None where a policy holds for more.
Key = tuple[Any, int | None, int | None]


@dataclass(frozen=True)
class Policy:
    """Waits in working days, each after what comes before it, and months until a confirmed one is checked again.

    A step with 0 is left out. `automatic` tells whether follow-ups go without approval.
    """

    acknowledgement_days: int = 5
    first_follow_up_days: int = 3
    second_follow_up_days: int = 10
    escalation_days: int = 10
    give_up_days: int = 30
    reverify_months: int = 12
    automatic: bool = False


NAMES = tuple(field.name for field in fields(Policy))
# A letter's answer holds until somebody says otherwise; a setting is switched back more easily.
LETTER = Policy()
SETTING = Policy(reverify_months=6)


def defaults(*, is_written: bool) -> Policy:
    """Return what holds where nothing was chosen, for letters to a vendor or for one's own settings."""
    return LETTER if is_written else SETTING


def policies_of(organisations: Iterable[Any]) -> dict[Key, FollowUpPolicy]:
    """Return all that was chosen in these organisations (their ids); takes one query."""
    rows = FollowUpPolicy.objects.filter(organisation__in=set(organisations))
    return {(row.organisation_id, row.vendor_id, row.procedure_id): row for row in rows}


def resolve(chosen: Mapping[Key, FollowUpPolicy], row: OptOutRequest, *, is_written: bool) -> Policy:
    """Return the policy of a request, whose procedure is at hand, from what was chosen."""
    organisation = row.organisation_id
    keys: tuple[Key, ...] = (
        (organisation, None, row.procedure_id),
        (organisation, row.procedure.vendor_id, None),
        (organisation, None, None),
    )
    return merge([chosen[key] for key in keys if key in chosen], defaults(is_written=is_written))


def merge(chosen: Iterable[FollowUpPolicy], default: Policy) -> Policy:
    """Return each value from the first policy that has one, the narrowest first, else the default."""
    values = {name: getattr(default, name) for name in NAMES}
    for policy in reversed(list(chosen)):
        values |= {name: value for name in NAMES if (value := getattr(policy, name)) is not None}
    return Policy(**values)


def policy_of(opt_out_request: OptOutRequest) -> Policy:
    """Return the policy that holds for a request; takes one query."""
    organisation, procedure = opt_out_request.organisation_id, opt_out_request.procedure
    rows = FollowUpPolicy.objects.filter(organisation=organisation).filter(
        Q(procedure=procedure) | Q(vendor=procedure.vendor_id) | Q(procedure=None, vendor=None)
    )
    chosen = {(row.organisation_id, row.vendor_id, row.procedure_id): row for row in rows}
    return resolve(chosen, opt_out_request, is_written=is_written(snapshot_of(opt_out_request)))
