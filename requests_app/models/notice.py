"""What people are told, how they want it, and the mails that tell them."""

import datetime
import zoneinfo

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.channel import ChannelPost, NoticeKind, NotificationChannel
from requests_app.models.local_time import next_digest, quiet_until
from requests_app.models.membership import Membership
from requests_app.models.organisation import validate_time_zone
from requests_app.models.queue import QueuedRow
from requests_app.models.request import OptOutRequest


class Digest(models.TextChoices):
    """How often a person is told what there is to do."""

    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Once a week")
    OFF = "off", _("Never")


class NoticeSettings(models.Model):
    """How one member wants to be told; the row is made when it is first needed."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="notice_settings")
    digest = models.CharField(max_length=10, choices=Digest, default=Digest.DAILY)
    # Monday is 0.
    weekday = models.PositiveSmallIntegerField(default=0)
    # Values of NoticeKind.
    at_once = models.JSONField(default=list)
    # Whether an owner gets the signed checkpoints of history to keep.
    checkpoints = models.BooleanField(default=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    # Empty: the organisation's.
    time_zone = models.CharField(max_length=64, blank=True, validators=[validate_time_zone])
    # Empty: the person's own language of pages, else the organisation's.
    language = models.CharField(max_length=5, blank=True)
    next_digest_at = models.DateTimeField(null=True, blank=True)
    last_at_once_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "notice settings"
        indexes = (
            # Whose digest is due.
            models.Index(
                fields=("next_digest_at",), name="digest_due", condition=models.Q(next_digest_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"notices of {self.membership_id}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The person's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone or self.membership.organisation.time_zone)

    @property
    def digest_weekday(self) -> int | None:
        """The day of a weekly digest; None for a daily one."""
        return self.weekday if self.digest == Digest.WEEKLY else None

    def digest_after(self, now: datetime.datetime) -> datetime.datetime | None:
        """Return when the next digest is due; None where the person wants none."""
        return None if self.digest == Digest.OFF else next_digest(now, self.zone, self.digest_weekday)

    def quiet_until(self, now: datetime.datetime) -> datetime.datetime:
        """Return from when on the person may be disturbed: now, or the end of the quiet hours."""
        return quiet_until(now, self.zone, self.quiet_from, self.quiet_to)


class NoticeMail(QueuedRow):
    """One mail to one member, composed when it is queued; its text is thrown away once it has ended."""

    DIGESTS = (Digest.DAILY, Digest.WEEKLY)
    AT_ONCE = "at_once"
    CHECKPOINT = "checkpoint"

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="notice_mails")
    kind = models.CharField(
        max_length=10, choices=(*Digest.choices[:2], (AT_ONCE, _("At once")), (CHECKPOINT, _("Checkpoint")))
    )
    # Of a digest: its local day; of a weekly one and of a checkpoint, the Monday of its week.
    period = models.DateField(null=True, blank=True)
    recipient = models.CharField(max_length=254)
    sender = models.CharField(max_length=254)
    content = models.BinaryField(default=b"")

    class Meta(QueuedRow.Meta):
        ordering = ("-pk",)
        constraints = (
            # Whatever restarts, and however many schedulers run; also the index under "who has this week's checkpoint".
            models.UniqueConstraint(fields=("membership", "kind", "period"), name="one_digest_for_a_period"),
        )

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"


class Notice(models.Model):
    """One thing that one member, or one channel, is to be told; waits until a mail or a post takes it along."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, related_name="notices")
    channel = models.ForeignKey(NotificationChannel, on_delete=models.CASCADE, null=True, related_name="notices")
    request = models.ForeignKey(OptOutRequest, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    # None: the next digest takes it along.
    due_at = models.DateTimeField(null=True, blank=True)
    mail = models.ForeignKey(NoticeMail, on_delete=models.CASCADE, null=True, related_name="notices")
    post = models.ForeignKey(ChannelPost, on_delete=models.CASCADE, null=True, related_name="notices")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(membership__isnull=True) ^ models.Q(channel__isnull=True),
                name="a_notice_is_for_a_member_or_a_channel",
            ),
        )
        indexes = (
            # What waits and is due.
            models.Index(
                fields=("due_at", "id"),
                name="notice_waits",
                condition=models.Q(mail__isnull=True, post__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.request_id}"


class CalendarFeed(models.Model):
    """The secret address of a person's calendar; the database keeps its SHA-256."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
