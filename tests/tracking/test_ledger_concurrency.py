import datetime
from concurrent.futures import ThreadPoolExecutor
from unittest import skipUnless

from django.db import connection
from django.utils import timezone

from requests_app.delivery.handover import How, submit_request
from requests_app.drafting.requests import start_request
from requests_app.models import EventStream, Membership, OptOutRequest, Organisation, Reminder, ReminderKind, Role, User
from requests_app.records.chain import verify_stream
from requests_app.tracking.ledger import fire_due
from requests_app.tracking.next_action import settle_stale
from tests.database import HistoryTransactionTestCase
from tests.drafting.requests import IDENTIFIERS, find, load_vendor, new_workspace

REQUESTS, SWEEPS = 24, 4


@skipUnless(connection.vendor == "postgresql", "SQLite has one writer at a time, and the suite's lies in memory")
class TogetherTests(HistoryTransactionTestCase):
    def setUp(self) -> None:
        acme = Organisation.objects.create(
            name="Acme GmbH",
            slug="acme",
            country="DE",
            postal_address="Musterstraße 1",
            signatory_name="Jane Doe",
            signatory_role="Owner",
            signatory_email="jane.doe@example.org",
        )
        user = User.objects.create_user("adam@example.org", name="Adam")
        adam = Membership.objects.create(organisation=acme, user=user, role=Role.ADMIN)
        workspace = new_workspace(acme, load_vendor("slack"), identifiers=IDENTIFIERS)
        for _request in range(REQUESTS):
            draft = start_request(adam, workspace, find("slack/global-models"))
            submit_request(adam, draft, on=acme.today(), how=How.EMAIL)
        settle_stale()
        OptOutRequest.objects.update(
            next_action=ReminderKind.OVERDUE, next_action_at=timezone.now() - datetime.timedelta(minutes=1)
        )

    def test_sweeps_at_the_same_time_fire_each_request_once(self) -> None:
        with ThreadPoolExecutor(SWEEPS) as pool:
            fired = list(pool.map(sweep, range(SWEEPS)))
        assert sum(fired) == REQUESTS
        assert Reminder.objects.count() == REQUESTS
        for stream in EventStream.objects.all():
            assert verify_stream(stream).fault is None


def sweep(_number: int) -> int:
    """Sweep in small batches, on a connection of this thread's own, and return how many fired."""
    try:
        return fire_due(timezone.now(), batch=3).fired.total()
    finally:
        connection.close()
