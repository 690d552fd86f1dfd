from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from requests_app.models import EventStream, FollowUpPolicy, OptOutRequest, Reminder, ReminderKind
from tests.world import AcmeTestCase


class ReminderTests(AcmeTestCase):
    def remind(self, clock_event: str) -> Reminder:
        return Reminder.objects.create(
            request=self.submitted, kind=ReminderKind.OVERDUE, clock_event=clock_event, fired_at=timezone.now()
        )

    def test_the_database_refuses_the_same_reminder_twice_for_one_start_of_the_clock(self) -> None:
        self.remind("a" * 64)
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.remind("a" * 64)
        self.remind("b" * 64)


class FollowUpPolicyTests(AcmeTestCase):
    def test_there_is_one_policy_for_the_organisation_each_vendor_and_each_procedure(self) -> None:
        for what in ({}, {"vendor": self.slack}, {"procedure": self.shared_procedure}):
            FollowUpPolicy.objects.create(organisation=self.acme, **what)
            with self.subTest(what), self.assertRaises(IntegrityError), transaction.atomic():
                FollowUpPolicy.objects.create(organisation=self.acme, **what)
        FollowUpPolicy.objects.create(organisation=self.other)

    def test_a_policy_is_not_of_a_vendor_and_a_procedure_at_once(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            FollowUpPolicy.objects.create(organisation=self.acme, vendor=self.slack, procedure=self.shared_procedure)


class IndexTests(AcmeTestCase):
    def many_requests(self) -> None:
        """Make 2,000 requests like the draft that the sweep has nothing to do with."""
        stream = self.draft.stream
        streams = EventStream.objects.bulk_create(
            EventStream(organisation=self.acme, kind=stream.kind, name=f"many-{number}") for number in range(2000)
        )
        ours = {"id", "stream", "clock_stale", "reply_token", "campaign"}
        fields = [field.attname for field in OptOutRequest._meta.concrete_fields if field.name not in ours]
        like = {name: getattr(self.draft, name) for name in fields}
        OptOutRequest.objects.bulk_create(OptOutRequest(**like, stream=row, clock_stale=False) for row in streams)

    def test_the_sweep_reads_what_is_due_and_what_is_stale_from_their_indexes(self) -> None:
        due = OptOutRequest.objects.filter(next_action_at__lte=timezone.now()).order_by("next_action_at")
        stale = OptOutRequest.objects.filter(clock_stale=True).order_by("pk")
        # A planner has a choice to make only where a few of many rows are wanted.
        self.many_requests()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE requests_app_optoutrequest")
        for rows, index in ((due, "request_next_action"), (stale, "request_clock_stale")):
            with self.subTest(index):
                assert index in rows[:100].explain()
