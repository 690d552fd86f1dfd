"""Four people around two organisations: what most tests of pages need."""

from typing import ClassVar

from django.test import TestCase

from requests_app.models import Membership, Organisation, Role, User


def new_person(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@example.org", "correct horse battery", name=name)


class PeopleTestCase(TestCase):
    """Acme has an owner, an admin and an auditor; the outsider owns another organisation."""

    acme: ClassVar[Organisation]
    other: ClassVar[Organisation]
    owner: ClassVar[User]
    admin: ClassVar[User]
    auditor: ClassVar[User]
    outsider: ClassVar[User]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.acme = Organisation.objects.create(
            name="Acme GmbH",
            slug="acme",
            postal_address="Musterstraße 1\n10115 Berlin\nGermany",
            country="DE",
            time_zone="Europe/Berlin",
            signatory_name="Jane Doe",
            signatory_role="Workspace Owner",
            signatory_email="jane.doe@example.org",
            setup_done=True,
        )
        cls.other = Organisation.objects.create(name="Other Inc.", slug="other", country="US", setup_done=True)
        cls.owner, cls.admin, cls.auditor, cls.outsider = map(new_person, ("Olga", "Adam", "Aude", "Otto"))
        for user, role in ((cls.owner, Role.OWNER), (cls.admin, Role.ADMIN), (cls.auditor, Role.AUDITOR)):
            Membership.objects.create(organisation=cls.acme, user=user, role=role)
        Membership.objects.create(organisation=cls.other, user=cls.outsider, role=Role.OWNER)

    def membership(self, user: User) -> Membership:
        """Return the person's only membership."""
        return Membership.objects.select_related("organisation", "user").get(user=user)
