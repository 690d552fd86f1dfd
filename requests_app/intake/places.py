"""Where a mail may go: requests found by reference, vendor or workspace, and workspaces for a new one."""

from django.db.models import Q, QuerySet

from requests_app.intake.senders import domain_of, domains_of, is_of, sender_of
from requests_app.models import InboundMail, OptOutRequest, Organisation, Workspace
from requests_app.models.status import OPEN

MOST_SHOWN = 20


def requests_like(organisation: Organisation, words: str, mail: InboundMail) -> list[OptOutRequest]:
    """Return the newest requests with those words in reference, vendor or workspace; without words, the open ones."""
    rows = OptOutRequest.objects.filter(organisation=organisation).exclude(pk=mail.request_id or 0)
    if words:
        # By the small tables first, as the list of requests does.
        named = Q(name__icontains=words) | Q(vendor__name__icontains=words)
        places = Workspace.objects.filter(organisation=organisation).filter(named)
        rows = rows.filter(Q(reference__icontains=words) | Q(workspace__in=places.order_by().values("pk")))
    else:
        rows = rows.filter(status__in=OPEN)
    return list(_shown(rows).order_by("-pk")[:MOST_SHOWN])


def _shown(rows: QuerySet[OptOutRequest]) -> QuerySet[OptOutRequest]:
    return rows.select_related("workspace__vendor", "procedure").only(
        "reference", "status", "outcome", "workspace__name", "workspace__vendor__name", "procedure__title"
    )  # fmt: skip


def workspaces_for(organisation: Organisation, mail: InboundMail) -> list[Workspace]:
    """Return the workspaces in use, those at the vendor that seems to have sent the mail first."""
    rows = list(organisation.workspaces.filter(retired_at=None).select_related("vendor"))
    domain = domain_of(sender_of(mail.parsed))
    theirs = {vendor.pk for vendor in {row.vendor for row in rows} if domain and is_of(domain, domains_of(vendor))}
    return sorted(rows, key=lambda row: row.vendor_id not in theirs)
