"""Members: the list, roles, removal, and the owner that is always left."""

import threading
from collections.abc import Callable
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests_app.models import Event, Membership, Organisation, Role, Vendor, Workspace
from requests_app.people.invitations import invite, open_invitations
from requests_app.people.members import LastOwner, MemberGone, change_role, remove
from tests.accounts.signing_in import AccountsTestCase
from tests.database import HistoryTransactionTestCase
from tests.people import new_person

MEMBERS = "/o/acme/settings/members/"


class MembersTests(AccountsTestCase):
    def address(self, who: Membership, what: str = "") -> str:
        return f"{MEMBERS}{who.pk}/{what}"

    def test_members_see_who_else_belongs_and_nothing_to_change(self) -> None:
        self.client.force_login(self.auditor)
        page = self.client.get(MEMBERS)
        self.assertContains(page, "adam@example.org")
        self.assertNotContains(page, "Invite somebody")

    def test_it_takes_the_same_number_of_queries_for_any_number_of_rows(self) -> None:
        self.client.force_login(self.owner)
        self.client.get(MEMBERS)  # The first page of a session takes a query more.
        counts = [self.queries_with(rows) for rows in (10, 20)]
        assert counts[0] == counts[1]

    def queries_with(self, rows: int) -> int:
        """Add as many members and invitations, and return how many queries the page takes."""
        for number in range(rows):
            Membership.objects.create(organisation=self.acme, user=new_person(f"P{rows}-{number}"), role=Role.ADMIN)
            invite(self.membership(self.owner), f"i{rows}-{number}@example.org", Role.ADMIN)
        with CaptureQueriesContext(connection) as queries:
            assert self.client.get(MEMBERS).status_code == 200
        return len(queries)

    def test_fifty_stand_on_a_page(self) -> None:
        for number in range(50):
            Membership.objects.create(organisation=self.acme, user=new_person(f"P{number}"), role=Role.ADMIN)
        self.client.force_login(self.auditor)
        page = self.client.get(MEMBERS)
        self.assertContains(page, "53 people")
        assert len(page.context["page"]) == 50
        assert len(self.client.get(f"{MEMBERS}?page=2").context["page"]) == 3

    def test_an_owner_changes_a_role(self) -> None:
        self.as_owner()
        self.assertRedirects(
            self.client.post(self.address(self.membership(self.admin), "role/"), {"role": "auditor"}), MEMBERS
        )
        assert self.membership(self.admin).role == Role.AUDITOR
        event = Event.objects.get()
        assert (event.action, event.detail["from"], event.detail["to"]) == ("member_role_changed", "admin", "auditor")
        assert event.personal == {"name": "Adam", "email": "adam@example.org"}

    def test_an_unknown_role_is_refused(self) -> None:
        self.as_owner()
        page = self.client.post(self.address(self.membership(self.admin), "role/"), {"role": "king"})
        self.assertContains(page, "Select a valid choice")
        assert self.membership(self.admin).role == Role.ADMIN

    def test_a_removed_member_is_out_at_once_and_looks_after_nothing(self) -> None:
        vendor = Vendor.objects.create(slug="slack", name="Slack", website="https://example.org", content={})
        workspace = Workspace.objects.create(organisation=self.acme, vendor=vendor, name="Acme", responsible=self.admin)
        other = self.client_class()
        other.force_login(self.admin)
        assert other.get("/o/acme/settings/").status_code == 200
        self.as_owner()
        self.client.post(self.address(self.membership(self.admin), "remove/"))
        assert other.get("/o/acme/settings/").status_code == 404
        workspace.refresh_from_db()
        assert workspace.responsible is None
        assert Event.objects.get().detail["workspaces_left"] == 1

    def test_the_last_owner_stays(self) -> None:
        self.as_owner()
        own = self.membership(self.owner)
        for what, data in (("remove/", {}), ("role/", {"role": "admin"})):
            page = self.client.post(self.address(own, what), data, follow=True)
            self.assertContains(page, "This is the last owner")
        assert self.membership(self.owner).role == Role.OWNER
        assert not Event.objects.exists()

    def test_an_owner_may_leave_when_another_stays(self) -> None:
        Membership.objects.filter(user=self.admin).update(role=Role.OWNER)
        self.as_owner()
        self.client.post(self.address(self.membership(self.owner), "remove/"))
        assert not self.owner.memberships.exists()

    def test_invitations_of_somebody_who_may_not_invite_any_more_end(self) -> None:
        Membership.objects.filter(user=self.admin).update(role=Role.OWNER)
        invite(self.membership(self.admin), "friend@example.org", Role.OWNER)
        change_role(self.membership(self.owner), self.membership(self.admin), Role.AUDITOR)
        assert not open_invitations(self.acme).exists()

    def test_who_is_no_owner_any_more_changes_nobody(self) -> None:
        was_owner = self.membership(self.owner)
        Membership.objects.filter(user=self.admin).update(role=Role.OWNER)
        Membership.objects.filter(user=self.owner).update(role=Role.AUDITOR)
        with self.assertRaises(PermissionDenied):
            change_role(was_owner, self.membership(self.admin), Role.AUDITOR)

    def test_somebody_who_has_been_removed_meanwhile_is_gone(self) -> None:
        gone = self.membership(self.admin)
        Membership.objects.filter(pk=gone.pk).delete()
        with self.assertRaises(MemberGone):
            remove(self.membership(self.owner), gone)

    def test_danger_asks_who_it_is(self) -> None:
        self.client.force_login(self.owner)
        for what in ("role/", "remove/"):
            response = self.client.post(self.address(self.membership(self.admin), what), {"role": "auditor"})
            assert response["Location"].startswith("/accounts/reauthenticate/")
        assert self.membership(self.admin).role == Role.ADMIN

    def test_admins_auditors_and_outsiders_change_nobody(self) -> None:
        target = self.membership(self.auditor)
        for user, status in ((self.admin, 403), (self.auditor, 403), (self.outsider, 404)):
            self.client.force_login(user)
            for what in ("", "role/", "remove/"):
                method = self.client.post if what else self.client.get
                assert method(self.address(target, what), {"role": "owner"}).status_code == status


class LastOwnerRaceTests(HistoryTransactionTestCase):
    def test_of_two_owners_who_demote_each_other_at_once_one_stays(self) -> None:
        for act in (self.demote, remove):
            organisation = Organisation.objects.create(name="Acme", slug=f"acme-{act.__name__}", setup_done=True)
            people = [new_person(f"{act.__name__}{number}") for number in range(2)]
            first, second = (
                Membership.objects.create(organisation=organisation, user=user, role=Role.OWNER) for user in people
            )
            self.at_once(partial(act, first, second), partial(act, second, first))
            assert organisation.memberships.filter(role=Role.OWNER).count() == 1

    @staticmethod
    def demote(membership: Membership, colleague: Membership) -> None:
        change_role(membership, colleague, Role.ADMIN)

    def at_once(self, *acts: Callable[[], None]) -> None:
        """Run both in threads of their own, started together; one of them is refused."""
        barrier = threading.Barrier(len(acts))
        refusals: list[Exception] = []

        def run(act: Callable[[], None]) -> None:
            try:
                barrier.wait()
                act()
            except (LastOwner, MemberGone, PermissionDenied) as refusal:
                refusals.append(refusal)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refusals) == 1
