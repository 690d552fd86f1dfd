"""Invitations: one link, for one address, for seven days, once."""

import re
from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone

from requests_app.models import Event, Invitation, Membership, Role, User
from requests_app.people.invitations import InvitationRefused, accept, invite
from requests_app.people.tokens import token_hash
from tests.accounts.signing_in import PASSWORD, AccountsTestCase, sign_in

INVITE = "/o/acme/settings/members/invite/"
NEW = {"name": "Nora New", "password": "a long sentence indeed"}


class InvitationTestCase(AccountsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.invitation, self.token = invite(self.membership(self.owner), "Nora@example.org", Role.AUDITOR)
        self.link = f"/invitations/{self.token}/"

    def actions(self) -> list[str]:
        return list(Event.objects.order_by("sequence").values_list("action", flat=True))


class InviteTests(InvitationTestCase):
    def test_the_link_is_shown_once_and_only_its_hash_is_kept(self) -> None:
        self.as_owner()
        page = self.client.post(INVITE, {"email": "New@example.org", "role": "admin"})
        found = re.search(r"http://testserver/invitations/([\w-]{43})/", page.content.decode())
        assert found
        invitation = Invitation.objects.get(email="new@example.org")
        assert (invitation.token_hash, invitation.role) == (token_hash(found[1]), "admin")
        assert invitation.expires_at - timezone.now() > timedelta(days=6, hours=23)
        assert page["Cache-Control"].startswith("max-age=0, no-cache")
        self.assertNotContains(self.client.get("/o/acme/settings/members/"), found[1])
        assert "new@example.org" not in Event.objects.latest("sequence").detail_json

    def test_a_member_is_not_invited_again(self) -> None:
        self.as_owner()
        page = self.client.post(INVITE, {"email": self.auditor.email.upper(), "role": "owner"})
        self.assertContains(page, "member already")
        self.assertContains(page, self.auditor.email.upper())

    def test_a_second_invitation_ends_the_first(self) -> None:
        invite(self.membership(self.owner), "nora@example.org", Role.ADMIN)
        assert self.client.get(self.link).status_code == 410
        assert self.actions() == ["member_invited", "invitation_revoked", "member_invited"]

    def test_only_owners_invite(self) -> None:
        for user, status in ((self.admin, 403), (self.auditor, 403), (self.outsider, 404)):
            sign_in(self.client, user.email)
            assert self.client.post(INVITE, {"email": "x@example.org", "role": "owner"}).status_code == status
            self.client.post("/accounts/logout/")
        assert Invitation.objects.count() == 1

    def test_an_old_session_is_asked_who_it_is_and_then_goes_on(self) -> None:
        self.as_owner()
        with time_machine.travel(timezone.now() + timedelta(minutes=6)):
            asked = self.client.post(INVITE, {"email": "late@example.org", "role": "admin"})
            self.assertRedirects(asked, f"/accounts/reauthenticate/?next={INVITE.replace('/', '%2F')}")
            assert not Invitation.objects.filter(email="late@example.org").exists()
            again = {"password": "wrong wrong wrong", "next": INVITE}
            assert self.client.post("/accounts/reauthenticate/", again).status_code == 200
            page = self.client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": INVITE})
        self.assertContains(page, "Send this link to late@example.org")

    def test_an_admin_is_refused_before_being_asked_who_it_is(self) -> None:
        self.client.force_login(self.admin)
        assert self.client.post(INVITE, {}).status_code == 403

    def test_it_can_be_withdrawn(self) -> None:
        self.as_owner()
        self.client.post(f"/o/acme/settings/invitations/{self.invitation.pk}/revoke/")
        self.assertContains(self.client_class().get(self.link), "It has been withdrawn", status_code=410)
        sign_in(self.client, self.outsider.email)


class AcceptTests(InvitationTestCase):
    def test_a_new_person_makes_an_account_for_the_invited_address_alone(self) -> None:
        more = {"email": "evil@example.org", "role": "owner", "is_superuser": "1", "organisation": "other"}
        self.assertRedirects(self.client.post(self.link, NEW | more), "/o/acme/")
        user = User.objects.get(name="Nora New")
        assert (user.email, user.is_superuser) == ("nora@example.org", False)
        membership = self.membership(user)
        assert (membership.organisation, membership.role) == (self.acme, Role.AUDITOR)
        assert self.actions() == ["member_invited", "member_joined"]

    def test_it_keeps_what_was_typed_when_the_password_is_bad(self) -> None:
        page = self.client.post(self.link, NEW | {"password": "short"})
        self.assertContains(page, 'value="Nora New"')
        assert not User.objects.filter(email="nora@example.org").exists()

    def test_a_person_with_an_account_signs_in_and_joins(self) -> None:
        nora = User.objects.create_user("nora@example.org", PASSWORD, name="Nora")
        page = self.client.get(self.link)
        self.assertContains(page, f"/accounts/login/?next={self.link}")
        assert self.client.post(self.link, NEW).status_code == 200
        assert not nora.memberships.exists(), "knowing the link is not enough where there is an account"
        back = self.client.post("/accounts/login/", {"login": nora.email, "password": PASSWORD, "next": self.link})
        self.assertRedirects(back, self.link)
        self.assertRedirects(self.client.post(self.link), "/o/acme/")
        assert self.membership(nora).role == Role.AUDITOR

    def test_it_is_not_for_another_address(self) -> None:
        self.as_outsider()
        self.assertContains(self.client.get(self.link), "It is for nora@example.org, and you are signed in as otto@")
        self.assertContains(self.client.post(self.link), "This invitation is for somebody else")
        with self.assertRaises(InvitationRefused):
            accept(self.invitation, self.outsider)
        assert self.outsider.memberships.count() == 1

    def as_outsider(self) -> Any:
        return sign_in(self.client, self.outsider.email)

    def test_it_works_once(self) -> None:
        self.client.post(self.link, NEW)
        other = self.client_class()
        self.assertContains(other.get(self.link), "It has been used", status_code=410)
        assert other.post(self.link, NEW).status_code == 410
        with self.assertRaises(InvitationRefused):
            accept(self.invitation, User.objects.get(email="nora@example.org"))

    def test_it_ends_after_seven_days(self) -> None:
        with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
            self.assertContains(self.client.get(self.link), "valid for seven days", status_code=410)
            assert self.client.post(self.link, NEW).status_code == 410
        assert not User.objects.filter(email="nora@example.org").exists()

    def test_a_guess_is_not_found_and_guessing_is_throttled(self) -> None:
        statuses = [self.client.get(f"/invitations/guess-{number}/").status_code for number in range(31)]
        assert set(statuses[:30]) == {404}
        assert statuses[30] == 429

    def test_it_never_lowers_or_raises_the_role_of_a_member(self) -> None:
        nora = User.objects.create_user("nora@example.org", PASSWORD)
        Membership.objects.create(organisation=self.acme, user=nora, role=Role.ADMIN)
        assert accept(self.invitation, nora).role == Role.ADMIN
