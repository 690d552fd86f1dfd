"""Digests: once for each period, at 07:30, and only where there is something to say."""

import datetime
import email
import email.policy

import time_machine
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from requests_app.delivery.outbox import queue_message
from requests_app.models import (
    Digest,
    MailSettings,
    Membership,
    NoticeKind,
    NoticeMail,
    NoticeSettings,
    OptOutRequest,
    Organisation,
    Role,
    User,
    notify,
)
from requests_app.tracking.notices.digest import make_digests
from tests.tracking.notices.mails import MINUTE, MORNING, NOON, NoticesTestCase

DAY = datetime.timedelta(days=1)


@override_settings(BASE_URL="https://optout.example.org")
class DigestTests(NoticesTestCase):
    def setUp(self) -> None:
        self.make_overdue()
        self.enterContext(time_machine.travel(MORNING - DAY, tick=False))
        make_digests(timezone.now())  # makes the settings
        NoticeMail.objects.all().delete()

    def at(self, moment: datetime.datetime) -> int:
        with time_machine.travel(moment, tick=False):
            return make_digests(timezone.now())

    def test_it_comes_at_half_past_seven_and_once(self) -> None:
        assert self.at(MORNING - 2 * MINUTE) == 0
        assert self.at(MORNING) == 1
        assert self.at(MORNING) == 0
        assert self.at(MORNING + 20 * MINUTE) == 0
        [mail] = self.waiting()
        assert (mail.membership.user, mail.kind, str(mail.period)) == (self.owner, "daily", "2026-11-24")

    def test_whatever_is_restarted_there_is_one_for_a_period(self) -> None:
        assert self.at(MORNING) == 1
        NoticeSettings.objects.filter(digest="daily").update(
            next_digest_at=MORNING
        )  # as if nobody had written down that it was made
        assert self.at(MORNING + MINUTE) == 0
        assert len(self.waiting()) == 1

    def test_missed_days_make_no_flood(self) -> None:
        assert self.at(MORNING + 5 * DAY) == 1
        assert [str(mail.period) for mail in self.waiting()] == ["2026-11-29"]

    def test_another_time_zone_on_the_same_day_makes_no_second_one(self) -> None:
        assert self.at(MORNING) == 1
        row = NoticeSettings.objects.get(membership__user=self.owner)
        row.time_zone = "America/St_Johns"
        row.next_digest_at = row.digest_after(MORNING)
        row.save()
        assert self.at(MORNING + datetime.timedelta(hours=6)) == 0
        assert self.at(MORNING + datetime.timedelta(hours=30)) == 1

    def test_with_nothing_to_say_none_comes(self) -> None:
        OptOutRequest.objects.update(answer_by=datetime.date(2027, 1, 1))
        assert self.at(MORNING) == 0
        assert self.waiting() == []
        assert NoticeMail.objects.get(membership__user=self.owner).state == "cancelled"

    def test_it_tells_each_person_what_is_theirs(self) -> None:
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(responsible=self.admin)
        assert self.at(MORNING) == 1
        assert self.waiting()[0].membership.user == self.admin

    def test_what_nobody_is_responsible_for_is_told_to_all_who_could_take_it_on(self) -> None:
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(responsible=None)
        assert self.at(MORNING) == 2
        assert {mail.membership.user for mail in self.waiting()} == {self.owner, self.admin}
        assert "Due, and nobody is responsible (1)" in plain(self.waiting()[0])

    def test_mail_that_waits_for_approval_is_told_to_the_second_person(self) -> None:
        OptOutRequest.objects.update(answer_by=datetime.date(2027, 1, 1))
        MailSettings.objects.update(needs_approval=True)
        queue_message(self.by(self.owner), self.draft())
        OptOutRequest.objects.update(responsible=self.owner, answer_by=datetime.date(2027, 1, 1))
        assert self.at(MORNING) == 1
        assert self.waiting()[0].membership.user == self.admin
        assert "Mail that waits for a second person (1)" in plain(self.waiting()[0])

    def test_a_weekly_one_comes_on_its_day_once_a_week(self) -> None:
        row = self.choose(self.owner, digest=Digest.WEEKLY, weekday=3)
        row.next_digest_at = row.digest_after(NOON)
        row.save()
        assert self.at(MORNING + DAY) == 0
        assert self.at(MORNING + 2 * DAY) == 1
        row.weekday, row.next_digest_at = 4, MORNING + 3 * DAY
        row.save()
        assert self.at(MORNING + 3 * DAY) == 0, "Friday of the same week"
        assert [(mail.kind, str(mail.period)) for mail in self.waiting()] == [("weekly", "2026-11-23")]

    def test_without_a_mail_server_and_for_demo_data_none_is_made(self) -> None:
        for change in ({"smtp_host": ""}, {"from_address": "not an address"}):
            MailSettings.objects.update(**change)
            NoticeSettings.objects.filter(membership__user=self.owner).update(next_digest_at=MORNING)
            assert self.at(MORNING) == 0
        MailSettings.objects.update(smtp_host="127.0.0.1", from_address="optout@example.org")
        Organisation.objects.filter(pk=self.acme.pk).update(is_demo=True)
        NoticeSettings.objects.filter(membership__user=self.owner).update(next_digest_at=MORNING)
        assert self.at(MORNING) == 0
        assert NoticeMail.objects.count() == 0

    def test_it_waits_for_the_end_of_quiet_hours(self) -> None:
        self.choose(self.owner, quiet_from=datetime.time(20), quiet_to=datetime.time(9), next_digest_at=MORNING)
        assert self.at(MORNING) == 1
        assert self.waiting()[0].due_at == datetime.datetime(2026, 11, 24, 8, 0, tzinfo=datetime.UTC)

    def test_a_changed_procedure_is_in_the_next_one_and_in_no_other(self) -> None:
        OptOutRequest.objects.update(answer_by=datetime.date(2027, 1, 1))
        notify(self.submitted, NoticeKind.VERSION_CHANGED)
        assert self.at(MORNING) == 1
        assert self.at(MORNING + DAY) == 0
        text = plain(self.waiting()[0])
        assert "Procedures that changed (1)" in text

    def test_what_it_says_and_how_it_ends(self) -> None:
        self.at(MORNING)
        message = parsed(self.waiting()[0])
        assert message["Subject"] == "1 thing needs you at Acme GmbH"
        assert message["To"] == "Olga <olga@example.org>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = message["List-Unsubscribe"].strip("<>")
        assert address.startswith("https://optout.example.org/unsubscribe/")
        text = plain(self.waiting()[0])
        assert "Answer overdue (1)" in text
        assert f"https://optout.example.org/o/acme/requests/{self.submitted.pk}/" in text
        page = message.get_body(("html",))
        assert page
        assert f'href="https://optout.example.org/o/acme/requests/{self.submitted.pk}/"' in page.get_content()
        response = self.client.post(
            address.removeprefix("https://optout.example.org"), {"List-Unsubscribe": "One-Click"}
        )
        assert response.status_code == 200
        row = NoticeSettings.objects.get(membership__user=self.owner)
        assert (row.digest, row.at_once, row.next_digest_at) == (Digest.OFF, [], None)

    def test_it_is_in_the_language_of_the_person(self) -> None:
        self.choose(self.owner, language="de", next_digest_at=MORNING)
        self.at(MORNING)
        page = parsed(self.waiting()[0]).get_body(("html",))
        assert page
        assert 'lang="de"' in page.get_content()

    @override_settings(BASE_URL="http://localhost:8000")
    def test_without_https_it_promises_no_one_click(self) -> None:
        self.at(MORNING)
        message = parsed(self.waiting()[0])
        assert message["List-Unsubscribe"]
        assert message["List-Unsubscribe-Post"] is None

    def test_each_member_takes_the_same_few_queries(self) -> None:
        self.add_members(5)
        few = self.queries_for(5)
        self.add_members(20)
        assert self.queries_for(20) - self.queries_for(0) <= 4 * (few - self.queries_for(0)) + 4

    def add_members(self, number: int) -> None:
        start = User.objects.count()
        for count in range(start, start + number):
            user = User.objects.create(email=f"member{count}@example.org", name=f"Member {count}")
            Membership.objects.create(organisation=self.acme, user=user, role=Role.ADMIN)

    def queries_for(self, number: int) -> int:
        """Return how many queries the digests of so many members take."""
        make_digests(NOON)
        NoticeMail.objects.all().delete()
        NoticeSettings.objects.update(next_digest_at=None)
        members = NoticeSettings.objects.filter(membership__user__email__startswith="member").order_by("-pk")
        NoticeSettings.objects.filter(pk__in=[row.pk for row in members[:number]]).update(next_digest_at=MORNING)
        with CaptureQueriesContext(connection) as counted, time_machine.travel(NOON, tick=False):
            make_digests(NOON)
        return len(counted)


def parsed(mail: NoticeMail) -> email.message.EmailMessage:
    return email.message_from_bytes(bytes(mail.content), policy=email.policy.default)


def plain(mail: NoticeMail) -> str:
    part = parsed(mail).get_body(("plain",))
    assert part
    return str(part.get_content())
