import datetime
import json
import re
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from requests_app.models import InboundMail, InboundState, OutgoingMail, Way, record_heartbeat
from requests_app.processes import alive
from tests.delivery.outbox import OutboxTestCase

TOKEN = "a-token-of-these-tests"


@override_settings(METRICS_TOKEN=TOKEN)
class MetricsTests(OutboxTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(override_settings(DATA_DIR=self.folder))

    def ask(self, authorization: str = f"Bearer {TOKEN}", accept: str = "text/plain") -> Any:
        return self.client.get("/metrics", headers={"Authorization": authorization, "Accept": accept})

    def figures(self) -> dict[str, float]:
        """Return each figure under its name with its labels."""
        found = {}
        for family in text_string_to_metric_families(self.ask().content.decode()):
            for sample in family.samples:
                found[sample.name + "".join(f" {value}" for value in sample.labels.values())] = sample.value
        return found

    def test_without_the_setting_there_are_none(self) -> None:
        with override_settings(METRICS_TOKEN=""):
            assert self.ask().status_code == HTTPStatus.NOT_FOUND
            assert self.ask("Bearer ").status_code == HTTPStatus.NOT_FOUND

    def test_only_the_token_opens_them(self) -> None:
        for wrong in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer ä"):
            response = self.ask(wrong)
            assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
            assert b"optout_" not in response.content
        self.client.force_login(self.owner)
        assert self.client.get("/metrics").status_code == HTTPStatus.UNAUTHORIZED

    def test_they_come_in_the_format_that_is_asked_for(self) -> None:
        plain = self.ask()
        assert plain["Content-Type"].startswith("text/plain; version=0.0.4; charset=utf-8")
        assert "no-store" in plain["Cache-Control"]
        modern = self.ask(accept="application/openmetrics-text; version=1.0.0")
        assert modern["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        assert len(list(openmetrics(modern.content.decode()))) > 10  # type: ignore[no-untyped-call]
        for odd in ("application/openmetrics-text; version=x", "text/plain; version=x; escaping=y", "a;b=;=,,"):
            assert self.ask(accept=odd)["Content-Type"].startswith("text/plain; version=0.0.4")

    def test_they_answer_without_tls(self) -> None:
        with override_settings(SECURE_SSL_REDIRECT=True):
            assert self.ask().status_code == HTTPStatus.OK

    def test_nothing_has_been_heard_of_at_first(self) -> None:
        figures = self.figures()
        for name in ("heartbeat_age_seconds worker", "heartbeat_age_seconds beat", "backup_age_seconds"):
            assert figures[f"optout_{name}"] == float("inf")
        assert figures["optout_mailbox_poll_age_seconds"] == 0
        assert figures["optout_disk_free_bytes"] > 0
        assert any(name.startswith("optout_info ") for name in figures)

    def test_they_tell_what_waits_and_for_how_long(self) -> None:
        now = timezone.now()
        mail = self.queue()
        OutgoingMail.objects.filter(pk=mail.pk).update(due_at=now - datetime.timedelta(minutes=5))
        self.use(imap_host="imap.example.org", last_polled_at=now - datetime.timedelta(hours=1), last_poll_error="No")
        for number, state in enumerate((InboundState.HELD, InboundState.FAILED, InboundState.STORED)):
            InboundMail.objects.create(
                way=Way.PIPE,
                key=str(number),
                raw=b"",
                size=0,
                sha256="",
                received_at=now,
                state=state,
                waits="" if state == InboundState.STORED else "held",
            )
        record_heartbeat("worker@example", now)
        alive.show("beat@example")
        (self.folder / "last_backup").write_text(
            json.dumps({"made_at": (now - datetime.timedelta(days=1)).isoformat()})
        )
        figures = self.figures()
        assert figures["optout_requests submitted"] == 1
        assert figures["optout_requests draft"] == 0
        assert figures["optout_outgoing_mails queued"] == 1
        assert 300 <= figures["optout_outgoing_late_seconds"] < 400
        assert figures["optout_inbound_mails held"] == 2
        assert (figures["optout_inbound_mails_unread"], figures["optout_inbound_mails_failed"]) == (1, 1)
        assert 3600 <= figures["optout_mailbox_poll_age_seconds"] < 3700
        assert figures["optout_mailboxes_failing"] == 1
        assert figures["optout_heartbeat_age_seconds worker"] < 60
        assert figures["optout_heartbeat_age_seconds beat"] < 60
        assert 86_400 <= figures["optout_backup_age_seconds"] < 86_500

    def test_the_number_of_queries_does_not_grow(self) -> None:
        with CaptureQueriesContext(connection) as before:
            self.ask()
        for _ in range(3):
            self.queue()
        with self.assertNumQueries(len(before)):
            self.ask()
        assert len(before) <= 12

    def test_they_name_nobody(self) -> None:
        self.queue()
        self.use(imap_host="imap.example.org", last_poll_error="canary-77 at imap.example.org")
        text = self.ask().content.decode()
        for word in ("acme", "example.org", "canary", "slack", "@"):
            assert not re.search(word, text, re.IGNORECASE), word
