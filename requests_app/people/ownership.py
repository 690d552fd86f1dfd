"""The lock under which people of an organisation are changed."""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from requests_app.models import Membership, OptOutRequest, Organisation, Role


def lock_for_owner(membership: Membership, requests: QuerySet[OptOutRequest] | None = None) -> Organisation:
    """Return the organisation, locked until the transaction ends, so that changes to its people come one by one.

    `requests` are those that will be changed, too: they are locked first, in the order of their keys, because whoever
    works on a request may then need its organisation. Raises PermissionDenied when the person has stopped being an
    owner since the page was asked for.
    """
    if requests is not None:
        list(requests.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=membership.organisation_id)
    if not Membership.objects.filter(pk=membership.pk, role=Role.OWNER).exists():
        raise PermissionDenied
    return organisation
