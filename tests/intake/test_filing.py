import json
from typing import Any
from unittest import mock

from requests_app.delivery.reply_address import with_token
from requests_app.intake import filing, matching
from requests_app.intake.answer import answer_of
from requests_app.intake.filing import file_mail
from requests_app.intake.reading.client import MailBroken
from requests_app.intake.storing import store_mail
from requests_app.models import Event, InboundMail, Message, OptOutRequest, Outcome, Status, Way
from requests_app.processes.child import ChildUnavailable
from requests_app.tracking.changes import move_request
from tests.intake.mails import GENUINE, SENT_ID, IntakeTestCase, mail
from tests.intake.test_kinds import dsn

TRUSTED = (f"Authentication-Results: {GENUINE}",)


class MatchTests(IntakeTestCase):
    def test_the_address_of_a_request_files_a_mail_in_whatever_header_it_stands(self) -> None:
        for number, header in enumerate(("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")):
            with self.subTest(header):
                row = self.take_in(
                    to="undisclosed-recipients:;", mail_id=f"<{number}@x>", headers=(f"{header}: {self.address}",)
                )
                assert (row.state, row.request, row.reason) == ("matched", self.sent, "address")

    def test_a_name_that_makes_the_parser_lose_the_address_does_not_lose_the_mail(self) -> None:
        row = self.take_in(to=f"<a@b.example>, Support [#1] <{self.address}>")
        assert row.request == self.sent

    def test_the_exact_bytes_become_a_message_with_its_event(self) -> None:
        raw = mail(to=self.address, text="It is done.\n\n> please", headers=TRUSTED)
        row = self.take_in(raw)
        [message] = self.incoming()
        assert bytes(message.raw) == raw
        assert (message.sha256, message.request) == (row.sha256, self.sent)
        event = Event.objects.get(action="reply_received")
        assert (event.actor, event.source, event.evidence) == ("mail", "mail", [row.sha256])
        assert event.stream == self.sent.stream
        assert event.personal == {"sender": "support@slack.com", "subject": "Re: Opt-out"}
        assert "slack.com" not in event.detail_json

    def test_what_the_mail_answers_files_it(self) -> None:
        for header in ("In-Reply-To", "References"):
            with self.subTest(header):
                row = self.take_in(mail_id=f"<{header}@x>", headers=(f"{header}: <other@x> {SENT_ID}",))
                assert (row.request, row.reason) == (self.sent, "thread")

    def test_an_answer_to_an_answer_is_filed(self) -> None:
        self.take_in(to=self.address, mail_id="<first@slack.com>")
        assert self.take_in(mail_id="<second@x>", headers=("In-Reply-To: <first@slack.com>",)).request == self.sent

    def test_the_address_outdoes_the_thread(self) -> None:
        other = self.send()
        row = self.take_in(
            to=with_token("replies@example.org", other.reply_token or ""), headers=(f"In-Reply-To: {SENT_ID}",)
        )
        assert row.request == other

    def test_two_requests_at_once_are_held(self) -> None:
        other = with_token("replies@example.org", self.send().reply_token or "")
        assert self.take_in(to=f"{self.address}, {other}").reason == "several_requests"

    def test_a_near_miss_is_suggested_only(self) -> None:
        local, _at, domain = self.address.rpartition("@")
        for number, written in enumerate((local[:-2], local[:20] + local[21:], local.replace("+", "-"), local + "x")):
            with self.subTest(written):
                row = self.take_in(to=f"{written}@{domain}", sender="x@y.example", mail_id=f"<{number}@x>")
                assert (row.state, row.reason) == ("held", "near_address")
                assert (row.request, row.suggested_request) == (None, self.sent)

    def test_a_mail_to_a_hundred_near_misses_costs_little(self) -> None:
        near = ", ".join(f"replies+{number:03}{'a' * 29}@example.org" for number in range(100))
        with mock.patch.object(matching, "_is_near", return_value=False) as compared:
            assert self.take_in(to=near, sender="x@y.example").reason == "no_match"
        assert compared.call_count <= 3
        with mock.patch.object(matching, "_is_near", return_value=False) as compared:
            self.take_in(to=f"replies+{'a' * 56}@example.org", sender="x@y.example", mail_id="<2@x>")
        assert not compared.called

    def test_the_vendors_domain_with_one_open_request_is_suggested_only(self) -> None:
        row = self.take_in(sender="Support <help@mail.slack.com>")
        assert (row.state, row.reason, row.suggested_request) == ("held", "vendor_domain", self.sent)
        self.send()
        row = self.take_in(sender="Support <help@slack.com>", mail_id="<2@x>")
        assert (row.reason, row.suggested_request) == ("no_match", None)
        assert self.take_in(sender="help@notslack.com", mail_id="<3@x>").reason == "no_match"

    def test_a_held_mail_stands_in_the_organisations_history(self) -> None:
        row = self.take_in(sender="x@y.example")
        assert (row.state, row.organisation, row.waits) == ("held", self.acme, "held")
        event = Event.objects.get(action="reply_held")
        assert (event.detail["reason"], event.evidence) == ("no_match", [row.sha256])

    def test_mail_to_a_closed_request_is_held(self) -> None:
        move_request(self.by(), self.sent, Status.CLOSED, Outcome.REFUSED)
        row = self.take_in(to=self.address)
        assert (row.state, row.reason, row.suggested_request) == ("held", "closed_request", self.sent)

    def test_suspected_spam_is_held_and_not_dropped(self) -> None:
        for number, flag in enumerate(("X-Spam-Flag: YES", "X-Spam-Status: Yes, score=9.1")):
            row = self.take_in(to=self.address, mail_id=f"<{number}@x>", headers=(flag,))
            assert (row.state, row.reason, row.suggested_request) == ("held", "suspected_spam", self.sent)

    def test_the_mailbox_of_another_organisation_learns_nothing(self) -> None:
        raw = mail(to=self.address)
        row = file_mail(store_mail(raw, Way.UPLOAD, organisation=self.other))
        assert (row.organisation, row.state, row.request, row.suggested_request) == (self.other, "held", None, None)

    def test_a_mail_to_nobody_we_know_is_kept_for_nobody(self) -> None:
        row = self.take_in(to="someone@elsewhere.example")
        assert (row.organisation, row.state, row.reason) == (None, "held", "unknown_organisation")


class BounceTests(IntakeTestCase):
    def test_a_bounce_is_filed_by_the_mail_that_came_back(self) -> None:
        row = self.take_in(dsn(token=self.sent.reply_token or ""))
        assert (row.kind, row.request, row.reason, row.waits) == ("bounce", self.sent, "address", "bounced")
        assert Event.objects.filter(action="bounce_received", stream=self.sent.stream).exists()
        row = self.take_in(dsn(token="a" * 32, status="5.2.2"))
        assert (row.request, row.reason) == (self.sent, "thread")

    def test_a_delay_is_no_failure(self) -> None:
        row = self.take_in(dsn("delayed", "4.4.1"))
        assert (row.kind, row.request, row.waits) == ("auto_reply", self.sent, "")


class DuplicateTests(IntakeTestCase):
    def test_the_same_mail_by_the_same_way_is_one_row(self) -> None:
        raw = mail(to=self.address)
        assert self.take_in(raw) == self.take_in(raw)
        assert len(self.incoming()) == 1

    def test_the_same_mail_by_two_ways_is_one_message(self) -> None:
        first = self.take_in(to=self.address)
        second = self.take_in(to=self.address, headers=("Received: from elsewhere",))
        third = file_mail(store_mail(mail(to=self.address), Way.UPLOAD, organisation=self.acme))
        assert {(row.state, row.duplicate_of) for row in (second, third)} == {("duplicate", first)}
        assert len(self.incoming()) == 1
        assert Event.objects.filter(action="reply_received").count() == 1
        assert answer_of(second)["id"] == first.pk

    def test_another_mail_under_a_guessed_message_id_takes_nothing_away(self) -> None:
        self.take_in(to=self.address, text="A forged one")
        row = self.take_in(to=self.address, text="It is done.")
        assert row.state == "matched"
        assert len(self.incoming()) == 2


class ForgeryTests(IntakeTestCase):
    def status(self) -> str:
        return OptOutRequest.objects.get(pk=self.sent.pk).status

    def test_no_mail_moves_a_request(self) -> None:
        row = self.take_in(to=self.address, text="Your opt-out has been completed.", headers=TRUSTED)
        assert row.suggestion["name"] == "completed"
        assert (row.waits, self.status()) == ("reply", "submitted")

    def test_a_forged_sender_with_the_right_subject_is_held(self) -> None:
        row = self.take_in(subject=f"Re: {self.sent.reference}", text="Completed.")
        assert (row.state, row.request) == ("held", None)

    def test_a_stolen_token_from_another_domain_is_uncertain(self) -> None:
        results = GENUINE.replace("slack.com", "evil.example")
        row = self.take_in(to=self.address, sender="x@evil.example", headers=(f"Authentication-Results: {results}",))
        assert (row.authenticity["dmarc"], row.waits) == ("pass", "uncertain")

    def test_results_of_a_server_that_nobody_trusts_say_nothing(self) -> None:
        for number, headers in enumerate(
            (
                (f"Authentication-Results: {GENUINE.replace('mx.example.org', 'evil.example')}",),
                ("Authentication-Results: mx.example.org; dmarc=fail header.from=slack.com", *TRUSTED),
                (f"Authentication-Results: evil.example; ({GENUINE}); none", *TRUSTED),
                ("Authentication-Results: mx.example.org; dmarc=pass header.from=evil.example",),
                (),
            )
        ):
            with self.subTest(headers):
                row = self.take_in(to=self.address, mail_id=f"<{number}@x>", headers=headers)
                assert row.waits == "uncertain"
                assert row.authenticity["dmarc"] in ("not checked", "fail")

    def test_what_a_sender_wrote_into_the_trusted_results_is_no_result(self) -> None:
        for number, results in enumerate(
            (
                "spf=pass smtp.mailfrom=dmarc=pass@evil.example; dmarc=fail header.from=slack.com",
                'spf=pass smtp.mailfrom="x; dmarc=pass header.from=slack.com"@evil.example; dmarc=none',
                'spf=pass smtp.mailfrom="(;dmarc=pass"@evil.example; dkim=none; dmarc=fail reason=")"',
                "spf=pass (mx: domain of dmarc=pass (x) ; dmarc=pass @evil.example); dmarc=fail",
                'spf=pass smtp.mailfrom="cut off; dmarc=pass ',
                "dmarc=fail header.from=slack.com; dkim=pass header.i=@evil.example; dmarc=pass header.from=slack.com",
                "spf=pass smtp.mailfrom=header.from=slack.com@x.example; dmarc=pass header.from=evil.example",
            )
        ):
            with self.subTest(results):
                header = f"Authentication-Results: mx.example.org; {results}"
                row = self.take_in(to=self.address, mail_id=f"<{number}@forged>", headers=(header,))
                assert row.waits == "uncertain"
                assert row.authenticity["dmarc"] != "pass"

    def test_a_domain_that_looks_like_the_vendors_is_another(self) -> None:
        for domain in ("slack.com.evil.example", "notslack.com", "xn--slck-5na.com", "slack.com-login.example"):
            with self.subTest(domain):
                header = f"Authentication-Results: mx.example.org; dmarc=pass header.from={domain}"
                row = self.take_in(to=self.address, sender=f"a@{domain}", mail_id=f"<a@{domain}>", headers=(header,))
                assert (row.authenticity["dmarc"], row.waits) == ("pass", "uncertain")

    def test_a_domain_at_which_anybody_has_an_address_is_nobodys(self) -> None:
        self.slack.content = self.slack.content | {"emails": [{"address": "slack.support@gmail.com"}]}
        self.slack.save()
        header = "Authentication-Results: mx.example.org; dmarc=pass header.from=gmail.com"
        row = self.take_in(to=self.address, sender="mallory@gmail.com", headers=(header,))
        assert (row.authenticity["dmarc"], row.waits) == ("pass", "uncertain")

    def test_two_senders_are_nobody(self) -> None:
        row = self.take_in(to=self.address, sender="a@slack.com, b@evil.example", headers=TRUSTED)
        assert row.waits == "uncertain"


class FailureTests(IntakeTestCase):
    def test_what_cannot_be_read_stays_with_its_reason(self) -> None:
        with mock.patch.object(filing, "read_mail", side_effect=MailBroken("ValueError: odd")):
            row = self.take_in(to=self.address)
        assert (row.state, row.reason, row.trouble) == ("failed", "unreadable", "ValueError: odd")
        assert (row.organisation, row.waits) == (self.acme, "held")
        assert bytes(InboundMail.objects.get().raw) == mail(to=self.address)

    def test_while_nothing_can_be_read_it_stays_stored(self) -> None:
        row = store_mail(mail(to=self.address), Way.PIPE)
        with (
            mock.patch.object(filing, "read_mail", side_effect=ChildUnavailable("no")),
            self.assertRaises(ChildUnavailable),
        ):
            file_mail(row)
        row.refresh_from_db()
        assert (row.state, answer_of(row)["reason"]) == ("stored", "not_read_yet")
        assert file_mail(row).state == "matched"


class AnswerTests(IntakeTestCase):
    KEYS = "id state request kind reason subject from to date message_id text attachments"

    def answer(self, row: InboundMail) -> Any:
        return json.loads(json.dumps(answer_of(row)))

    def test_it_says_what_scripts_rely_on(self) -> None:
        row = self.take_in(to=self.address, text="It is done.\n\n> please")
        answer = self.answer(row)
        assert " ".join(answer) == self.KEYS
        assert answer == {
            "id": row.pk,
            "state": "matched",
            "request": self.sent.reference,
            "kind": "reply",
            "reason": "address",
            "subject": "Re: Opt-out",
            "from": "support@slack.com",
            "to": [self.address],
            "date": "2026-11-23T10:00:00+01:00",
            "message_id": "<1@slack.com>",
            "text": "It is done.",
            "attachments": [],
        }

    def test_a_mail_that_was_set_aside_failed(self) -> None:
        answer = self.answer(self.take_in(b"X: y\n" * 501 + b"\nx"))
        assert " ".join(answer) == self.KEYS
        assert (answer["state"], answer["reason"], answer["text"]) == ("failed", "too_much", "")

    def test_names_of_attachments_are_only_names(self) -> None:
        names = {
            "../../etc/passwd": "passwd",
            "evil\u202egnp.exe": "evilgnp.exe",
            "zero\u200bwidth.pdf": "zerowidth.pdf",
            ".htaccess": "htaccess",
            "n" * 300 + ".pdf": "n" * 146 + ".pdf",
        }
        for number, (given, shown) in enumerate(names.items()):
            raw = (
                f"To: {self.address}\nMessage-ID: <{number}@x>\nContent-Type: application/pdf\n"
                f'Content-Disposition: attachment; filename="{given}"\n\nx\n'
            ).encode()
            with self.subTest(given):
                assert [one["name"] for one in self.answer(self.take_in(raw))["attachments"]] == [shown]

    def test_messages_that_went_out_are_not_touched(self) -> None:
        before = Message.objects.filter(direction="outgoing").count()
        self.take_in(to=self.address)
        assert Message.objects.filter(direction="outgoing").count() == before
