"""What Prometheus scrapes: figures of the whole installation, read anew each time, with nobody's name in them.

The number of queries does not depend on how much there is, and each of them reads an index.
"""

import math
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric

from requests_app import __version__
from requests_app.models import (
    ENDED,
    OPEN_EXPORTS,
    Checkpoint,
    Export,
    Heartbeat,
    InboundMail,
    InboundState,
    Job,
    MailSettings,
    OptOutRequest,
    OutgoingMail,
    SendState,
    Status,
    Waits,
)
from requests_app.processes import alive
from requests_app.records.backups.backup import last_backup

NEVER = math.inf
FAILED = (InboundState.FAILED, InboundState.QUARANTINED)
# What has not come to its end.
UNSENT = (SendState.WAITING, SendState.QUEUED, SendState.SENDING, SendState.FAILED, SendState.UNKNOWN)


def scrape(accept: str) -> tuple[bytes, str]:
    """Return the figures of this moment and their content type, in the format that the header Accept asks for."""
    registry = CollectorRegistry()
    registry.register(Figures(timezone.now()))
    try:
        encode, content_type = choose_encoder(accept)
    except (TypeError, ValueError):
        # A version that is no number: the oldest format is for everybody.
        encode, content_type = choose_encoder("")
    return encode(registry), content_type


class Figures:
    """Works the figures out when they are collected."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the names need not be known before the first scrape."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("optout", "What runs here.", {"version": __version__})
        yield _by("optout_requests", "Requests by their status.", "status", OptOutRequest.objects.all(), Status.values)
        yield from self.mail_out()
        yield from self.mail_in()
        yield from self.parts()
        yield from self.records()

    def mail_out(self) -> Iterator[Metric]:
        """Yield what the outbox holds: what has been sent or taken back is not counted."""
        held = OutgoingMail.objects.filter(state__in=UNSENT)
        yield _by("optout_outgoing_mails", "Mails that have not been sent, by state.", "state", held, UNSENT)
        due = OutgoingMail.objects.filter(state=SendState.QUEUED, due_at__lte=self.now)
        first = due.aggregate(first=Min("due_at"))["first"]
        yield _one("optout_outgoing_late_seconds", "How long the oldest mail that is due waits.", self.age(first, 0))

    def mail_in(self) -> Iterator[Metric]:
        """Yield what came in and waits for somebody, and how long that mailbox was not read that waits for longest."""
        mails = InboundMail.objects.all()
        # By `waits`, which has an index: to read any other column is to read the mails themselves.
        waiting = mails.exclude(waits="")
        yield _by("optout_inbound_mails", "Mails that wait for a person, by reason.", "waits", waiting, Waits.values)
        unread = mails.filter(state=InboundState.STORED).count()
        yield _one("optout_inbound_mails_unread", "Mails that were taken in, and not read yet.", unread)
        held = mails.filter(waits=Waits.HELD).values("pk")
        failed = mails.filter(pk__in=held, state__in=FAILED).count()
        yield _one("optout_inbound_mails_failed", "Mails, of those held, that could not be read.", failed)
        boxes = MailSettings.objects.exclude(imap_host="").aggregate(
            read=Min("last_polled_at"), failing=Count("pk", filter=~Q(last_poll_error=""))
        )
        help_text = "How long ago the mailbox was read that was not read for longest; 0 where there is none."
        yield _one("optout_mailbox_poll_age_seconds", help_text, self.age(boxes["read"], 0))
        yield _one("optout_mailboxes_failing", "Mailboxes that could not be read the last time.", boxes["failing"])

    def parts(self) -> Iterator[Metric]:
        """Yield when worker and beat were heard of, and what waits for them."""
        help_text = "How long ago the part was heard of; the worker when it last did what beat told it."
        heard = GaugeMetricFamily("optout_heartbeat_age_seconds", help_text, labels=["part"])
        heard.add_metric(["worker"], self.age(Heartbeat.objects.aggregate(last=Max("seen_at"))["last"], NEVER))
        heard.add_metric(["beat"], min(alive.ages("beat@*").values(), default=NEVER))
        yield heard
        yield _one("optout_jobs_open", "Jobs with many requests.", Job.objects.exclude(state__in=ENDED).count())
        exports = Export.objects.filter(state__in=OPEN_EXPORTS).count()
        yield _one("optout_exports_open", "Exports that wait or are being written.", exports)

    def records(self) -> Iterator[Metric]:
        """Yield how old the last checkpoint and the last backup are, and what room is left for the next ones."""
        last = Checkpoint.objects.aggregate(last=Max("made_at"))["last"]
        help_text = "How old the last checkpoint is; one is made each hour in which something happened. +Inf: none."
        yield _one("optout_checkpoint_age_seconds", help_text, self.age(last, NEVER))
        help_text = "How old the last backup is. +Inf: none has been made here."
        yield _one("optout_backup_age_seconds", help_text, self.age(last_backup(), NEVER))
        free = shutil.disk_usage(Path(settings.DATA_DIR)).free
        yield _one("optout_disk_free_bytes", "Free space where Optout keeps its files.", free)

    def age(self, at: datetime | None, otherwise: float) -> float:
        """Return how many seconds ago that was."""
        return max(0.0, (self.now - at).total_seconds()) if at else otherwise


def _one(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _by(name: str, help_text: str, field: str, rows: QuerySet, values: Iterable[str]) -> Metric:  # type: ignore[type-arg]
    """Return how many rows have each of the values in the field, with 0 for those that none has."""
    found = dict(rows.order_by().values_list(field).annotate(number=Count("pk")))
    family = GaugeMetricFamily(name, help_text, labels=[field])
    for value in values:
        family.add_metric([str(value)], found.get(value, 0))
    return family
