from unittest import mock

from django.db import DataError

from requests_app.intake.bulk import file_many, file_stored, store_many
from requests_app.models import Event, InboundMail, InboundState, Message, OptOutRequest, Way
from tests.intake.mails import IntakeTestCase, mail


class BulkTests(IntakeTestCase):
    def mails(self, number: int) -> list[bytes]:
        return [mail(to=self.address, mail_id=f"<{n}@slack.com>", text=f"Number {n}") for n in range(number)]

    def filed(self, raws: list[bytes]) -> list[InboundMail]:
        """Return the rows of the mails after filing, in their order."""
        rows = store_many(raws, Way.PIPE)
        file_many(rows)
        found = InboundMail.objects.in_bulk([row.pk for row in rows])
        return [found[row.pk] for row in rows]

    def test_each_becomes_a_message_of_its_request_with_an_event_as_if_it_had_come_alone(self) -> None:
        alone = self.take_in(to=self.address, mail_id="<alone@slack.com>", text="Number 1")
        before = Event.objects.filter(action="reply_received").count()
        rows = self.filed(self.mails(5))
        assert {(row.state, row.request_id, row.kind, row.reason, row.waits) for row in rows} == {
            (InboundState.MATCHED, self.sent.pk, alone.kind, alone.reason, alone.waits)
        }
        for row, raw in zip(rows, self.mails(5), strict=True):
            assert row.message
            assert bytes(row.message.raw) == raw
            assert row.parsed["text"] == raw.decode().split("\r\n")[-2]
        events = Event.objects.filter(action="reply_received").order_by("sequence")
        assert events.count() == before + 5
        one, many = events[0], events[1]
        assert one.detail.keys() == many.detail.keys()
        assert one.personal == many.personal
        assert OptOutRequest.objects.get(pk=self.sent.pk).clock_stale

    def test_it_takes_a_few_queries_for_a_hundred_mails(self) -> None:
        rows = store_many(self.mails(40), Way.PIPE)
        with mock.patch("requests_app.intake.bulk.file_read") as alone:
            file_many(rows)
        assert not alone.called
        assert InboundMail.objects.filter(state=InboundState.MATCHED).count() == 40

    def test_the_same_mail_twice_in_a_batch_is_a_duplicate_of_the_first(self) -> None:
        [raw] = self.mails(1)
        rows = self.filed([raw, raw.replace(b"From:", b"X-Way: another\r\nFrom:", 1), raw])
        assert [row.state for row in rows] == [InboundState.MATCHED, InboundState.DUPLICATE, InboundState.MATCHED]
        assert rows[0].pk == rows[2].pk
        assert rows[1].duplicate_of == rows[0]

    def test_one_that_came_before_is_a_duplicate(self) -> None:
        first = self.take_in(to=self.address, mail_id="<0@slack.com>", text="Number 0")
        [row] = self.filed([mail(to=self.address, mail_id="<0@slack.com>", text="Number 0", headers=("X-Way: b",))])
        assert (row.state, row.duplicate_of) == (InboundState.DUPLICATE, first)

    def test_what_is_not_ordinary_is_filed_as_alone(self) -> None:
        nobody = mail(mail_id="<nobody@slack.com>", sender="x@example.net")
        spam = mail(to=self.address, mail_id="<spam@slack.com>", headers=("X-Spam-Flag: YES",))
        bomb = b"".join(b"X-%d: a\r\n" % number for number in range(1000)) + b"\r\n"
        rows = self.filed([nobody, spam, bomb, *self.mails(1)])
        assert [row.state for row in rows] == ["held", "held", "quarantined", "matched"]
        assert [row.reason for row in rows][1:] == ["suspected_spam", "too_much", "address"]

    def test_a_batch_that_the_database_refuses_is_filed_one_by_one(self) -> None:
        with mock.patch("requests_app.intake.bulk.update_many", side_effect=DataError("no")):
            rows = self.filed(self.mails(3))
        assert {row.state for row in rows} == {InboundState.MATCHED}
        assert Message.objects.filter(request=self.sent, direction="incoming").count() == 3

    def test_one_that_the_database_refuses_stays_and_the_others_are_filed(self) -> None:
        store_many(self.mails(3), Way.PIPE)
        with (
            mock.patch("requests_app.intake.bulk.update_many", side_effect=DataError("no")),
            mock.patch("requests_app.intake.bulk.file_read", side_effect=DataError("no")),
        ):
            assert file_stored() == 3
        assert InboundMail.objects.filter(state=InboundState.STORED).count() == 3
        assert file_stored() == 3
        assert file_stored() == 0
