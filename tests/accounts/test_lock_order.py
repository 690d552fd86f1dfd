"""Owners' changes against work on requests: whoever needs the locks of both begins with the requests."""

import datetime
import threading
import time
from collections.abc import Callable

from django.db import connection, transaction

from requests_app.models import Membership, OptOutRequest, Organisation
from requests_app.people.members import remove
from requests_app.people.organisation import change_organisation
from requests_app.tracking.policy import NAMES
from requests_app.tracking.policy_changes import Scope, remove_policy, save_policy
from tests.database import HistoryTransactionTestCase
from tests.tracking.notices.mails import write_acme

# Seconds in which the other one has taken what it begins with.
A_MOMENT = 0.4


class LockOrderTests(HistoryTransactionTestCase):
    def setUp(self) -> None:
        self.acme = write_acme()
        self.olga = self.member(self.acme.owner.pk)
        self.request = self.acme.submitted
        OptOutRequest.objects.filter(pk=self.request.pk).update(responsible=self.acme.admin, clock_stale=False)

    def member(self, user: int) -> Membership:
        return Membership.objects.select_related("organisation", "user").get(user=user)

    def while_a_follow_up_is_queued(self, act: Callable[[], object]) -> None:
        """Do it in a thread while this one holds the request and then needs its organisation, as the clock does."""
        failed: list[BaseException] = []

        def do() -> None:
            try:
                act()
            except BaseException as error:  # noqa: BLE001  # told below, in the thread of the test
                failed.append(error)
            finally:
                connection.close()

        other = threading.Thread(target=do)
        with transaction.atomic():
            OptOutRequest.objects.select_for_update(of=("self",)).get(pk=self.request.pk)
            other.start()
            time.sleep(A_MOMENT)
            Organisation.objects.select_for_update(no_key=True).get(pk=self.olga.organisation_id)
        other.join(60)
        assert not failed, failed

    def row(self) -> OptOutRequest:
        return OptOutRequest.objects.get(pk=self.request.pk)

    def test_a_member_is_removed(self) -> None:
        self.while_a_follow_up_is_queued(lambda: remove(self.olga, self.member(self.acme.admin.pk)))
        assert self.row().responsible is None

    def test_the_calendar_is_changed(self) -> None:
        self.while_a_follow_up_is_queued(lambda: change_organisation(self.olga, {"time_zone": "Europe/Paris"}))
        assert self.row().clock_stale

    def test_follow_ups_are_changed_and_changed_back(self) -> None:
        chosen = dict.fromkeys(NAMES) | {"first_follow_up_days": 3}
        scope = Scope(vendor=self.acme.slack)
        self.while_a_follow_up_is_queued(lambda: save_policy(self.olga, scope, chosen))
        assert self.row().clock_stale
        OptOutRequest.objects.update(clock_stale=False, next_action_at=datetime.datetime.now(tz=datetime.UTC))
        policy = self.olga.organisation.follow_up_policies.get()
        self.while_a_follow_up_is_queued(lambda: remove_policy(self.olga, policy))
        assert self.row().clock_stale
