"""The set-up of an empty installation: the one-time link, its three steps, and how an organisation comes to be."""

from collections.abc import Iterable
from itertools import count

from django.db import transaction
from django.utils.text import slugify

from requests_app.models import (
    Action,
    EventStream,
    Membership,
    Organisation,
    Role,
    SetupLink,
    Source,
    Subject,
    User,
    Vendor,
    Workspace,
    record_event,
)
from requests_app.people.accounts import create_account
from requests_app.people.tokens import new_token, token_hash


class SetupOver(Exception):
    """The link has been used, or the installation has been set up meanwhile."""


def is_set_up() -> bool:
    """Return whether there is an organisation; that of the demo does not count."""
    return Organisation.objects.filter(is_demo=False).exists()


def is_over() -> bool:
    """Return whether nobody has a step to take any more."""
    return is_set_up() and not Organisation.objects.filter(is_demo=False, setup_done=False).exists()


def new_setup_link() -> str | None:
    """Return the token of a new link, or None once there is an organisation. Links that nobody used end."""
    if is_set_up():
        return None
    token = new_token()
    with transaction.atomic():
        SetupLink.objects.filter(account=None).delete()
        SetupLink.objects.create(token_hash=token_hash(token))
    return token


def find_link(token: str) -> SetupLink | None:
    """Return the link with this token, unless the set-up is over."""
    return None if is_set_up() else SetupLink.objects.filter(token_hash=token_hash(token)).first()


def next_step(user: User) -> str | None:
    """Return the name of the page where the person goes on with the set-up; None for everybody else and afterwards."""
    own = user.memberships.filter(role=Role.OWNER, organisation__is_demo=False)
    if own.filter(organisation__setup_done=False).exists():
        return "setup_vendors"
    if SetupLink.objects.filter(account=user).exists() and not is_set_up():
        return "setup_organisation"
    return None


def use_link(link: SetupLink, *, email: str, name: str, password: str) -> User:
    """Return the account of step 1, made with the link. Raises SetupOver and AddressTaken."""
    with transaction.atomic():
        unused = SetupLink.objects.select_for_update().filter(pk=link.pk, account=None).first()
        if unused is None or is_set_up():
            raise SetupOver
        unused.account = create_account(email, name, password)
        unused.save(update_fields=["account"])
        return unused.account


def set_up_organisation(user: User, organisation: Organisation) -> Membership:
    """Save the organisation of step 2 and end all links. Raises SetupOver when somebody else was faster."""
    with transaction.atomic():
        # Two people may hold a link; the second waits here and then finds that it is over.
        list(SetupLink.objects.select_for_update())
        if next_step(user) != "setup_organisation":
            raise SetupOver
        membership = create_organisation(organisation, user)
        SetupLink.objects.all().delete()
        return membership


def create_organisation(organisation: Organisation, owner: User, *, source: Source = Source.WEB) -> Membership:
    """Save a new organisation under a free slug with its first owner, and the events of both; return the membership."""
    with transaction.atomic():
        organisation.slug = free_slug(organisation.name)
        organisation.save(force_insert=True)
        membership = Membership.objects.create(organisation=organisation, user=owner, role=Role.OWNER)
        record_event(
            EventStream.of_organisation(organisation),
            Action.ORGANISATION_CREATED,
            actor=membership.actor,
            source=source,
            subject=Subject.of(organisation),
            detail={"name": organisation.name, "slug": organisation.slug, "country": organisation.country},
        )
        record_joined(membership, source=source)
    return membership


def record_joined(membership: Membership, *, source: Source = Source.WEB) -> None:
    """Write the event of a new membership."""
    record_event(
        EventStream.of_organisation(membership.organisation),
        Action.MEMBER_JOINED,
        actor=membership.actor,
        source=source,
        subject=Subject.of(membership),
        detail={"role": membership.role},
        personal={"name": membership.user.name, "email": membership.user.email},
    )


def free_slug(name: str) -> str:
    """Return the name as it may stand in an address, with a number where another organisation has it."""
    stem = slugify(name)[:70].strip("-") or "organisation"
    candidates = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(slug for slug in candidates if not Organisation.objects.filter(slug=slug).exists())


def finish(membership: Membership, vendors: Iterable[Vendor]) -> None:
    """Register a workspace at each vendor, named after it, and end the set-up. Raises SetupOver the second time."""
    with transaction.atomic():
        open_one = Organisation.objects.select_for_update(no_key=True).filter(
            pk=membership.organisation_id, setup_done=False
        )
        if not list(open_one):
            raise SetupOver
        open_one.update(setup_done=True)
        for vendor in vendors:
            register_workspace(membership, vendor)


def register_workspace(membership: Membership, vendor: Vendor) -> Workspace:
    """Return a new workspace at the vendor that is named after it; the person who sets up is responsible."""
    workspace = Workspace.objects.create(
        organisation=membership.organisation, vendor=vendor, name=vendor.short_name, responsible=membership.user
    )
    record_event(
        EventStream.of_organisation(membership.organisation),
        Action.WORKSPACE_REGISTERED,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(workspace),
        detail={"vendor": vendor.slug, "name": workspace.name},
    )
    return workspace
