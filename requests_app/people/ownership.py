"""The lock under which people of an organisation are changed."""

from django.core.exceptions import PermissionDenied

from requests_app.models import Membership, Organisation, Role


def lock_for_owner(membership: Membership) -> Organisation:
    """Return the organisation, locked until the transaction ends, so that changes to its people come one by one.

    Raises PermissionDenied when the person has stopped being an owner since the page was asked for.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=membership.organisation_id)
    if not Membership.objects.filter(pk=membership.pk, role=Role.OWNER).exists():
        raise PermissionDenied
    return organisation
