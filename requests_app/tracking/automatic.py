"""Where follow-ups go without a person: by mail, where the mail settings and the policy both say so."""

from collections.abc import Iterable
from uuid import UUID

from requests_app.delivery.handover import How
from requests_app.models import MailSettings, OptOutRequest
from requests_app.tracking.policy import policies_of, resolve


def who_writes_automatically(requests: Iterable[OptOutRequest]) -> set[int]:
    """Return the keys of those of the requests, written to a vendor, whose follow-ups go by themselves.

    Takes one query, and another where any organisation has allowed it.
    """
    mailed = [row for row in requests if row.submitted_how == How.EMAIL]
    allowed = _allowed({row.organisation_id for row in mailed})
    rows = [row for row in mailed if row.organisation_id in allowed and not row.organisation.is_demo]
    chosen = policies_of(allowed) if rows else {}
    return {row.pk for row in rows if resolve(chosen, row, is_written=True).automatic}


def _allowed(organisations: set[UUID]) -> set[UUID]:
    rows = (
        MailSettings.objects.filter(organisation__in=organisations, automatic_follow_ups=True) if organisations else ()
    )
    return {row.organisation_id for row in rows if row.can_send}
