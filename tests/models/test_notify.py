"""Who is told what, and when."""

import datetime

import time_machine
from django.utils import timezone

from requests_app.models import Digest, Membership, Notice, NoticeKind, NoticeSettings, NotificationChannel, notify
from requests_app.models.notify import SETTLES_IN, notify_all, settings_of
from tests.tracking.notices.mails import NoticesTestCase

NOON = datetime.datetime(2026, 11, 24, 11, 0, tzinfo=datetime.UTC)


class NotifyTests(NoticesTestCase):
    def setUp(self) -> None:
        self.submitted.responsible = None

    def told(self) -> set[str]:
        return set(Notice.objects.exclude(membership=None).values_list("membership__user__name", flat=True))

    def test_whoever_could_take_it_on_is_told_where_nobody_is_responsible(self) -> None:
        notify(self.submitted, NoticeKind.BOUNCE)
        assert self.told() == {"Olga", "Adam"}

    def test_the_person_who_is_responsible_is_told_alone(self) -> None:
        self.submitted.responsible = self.admin
        notify(self.submitted, NoticeKind.REFUSAL, detail={"reason": "no"})
        assert self.told() == {"Adam"}
        assert Notice.objects.get().detail == {"reason": "no"}

    def test_somebody_who_does_not_want_it_is_not_told(self) -> None:
        row = settings_of(self.membership(self.owner), NOON)
        row.at_once = ["overdue"]
        row.save()
        notify(self.submitted, NoticeKind.BOUNCE)
        assert self.told() == {"Adam"}

    @time_machine.travel(NOON, tick=False)
    def test_it_waits_for_the_end_of_quiet_hours(self) -> None:
        row = settings_of(self.membership(self.owner), NOON)
        row.quiet_from, row.quiet_to = datetime.time(11), datetime.time(14)  # it is 12:00 in Berlin
        row.save()
        notify(self.submitted, NoticeKind.OVERDUE)
        due = dict(Notice.objects.values_list("membership__user__name", "due_at"))
        assert due == {"Olga": NOON + datetime.timedelta(hours=2), "Adam": NOON + SETTLES_IN}

    def test_a_changed_procedure_waits_for_the_digest(self) -> None:
        row = settings_of(self.membership(self.owner), NOON)
        row.digest = Digest.OFF
        row.save()
        notify(self.submitted, NoticeKind.VERSION_CHANGED)
        assert self.told() == {"Adam"}
        assert Notice.objects.get().due_at is None

    def test_a_channel_is_told_what_it_has_chosen(self) -> None:
        for number, events in enumerate((["bounce"], ["overdue"])):
            NotificationChannel.objects.create(
                organisation=self.acme, kind="slack", name=str(number), events=events, created_at=timezone.now()
            )
        NotificationChannel.objects.create(
            organisation=self.other, kind="slack", name="other", events=["bounce"], created_at=timezone.now()
        )
        notify(self.submitted, NoticeKind.BOUNCE)
        assert [notice.channel.name for notice in Notice.objects.exclude(channel=None) if notice.channel] == ["0"]

    def test_an_auditor_is_told_nothing_unless_asked_for(self) -> None:
        row = settings_of(self.membership(self.auditor), NOON)
        assert (row.digest, row.at_once, row.next_digest_at) == (Digest.OFF, [], None)

    def test_many_requests_take_as_many_queries_as_one(self) -> None:
        notify(self.submitted, NoticeKind.BOUNCE)
        with self.assertNumQueries(4):
            notify(self.submitted, NoticeKind.BOUNCE)
        with self.assertNumQueries(4):
            notify_all([(self.submitted, {})] * 50, NoticeKind.BOUNCE)

    def test_whoever_leaves_is_not_told(self) -> None:
        notify(self.submitted, NoticeKind.BOUNCE)
        Membership.objects.get(user=self.admin).delete()
        assert self.told() == {"Olga"}
        assert not NoticeSettings.objects.filter(membership__user=self.admin).exists()
