"""Slack, Teams and webhooks of an organisation, and what was posted to them."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.organisation import Organisation
from requests_app.models.queue import QueuedRow
from requests_app.models.secret import EncryptedTextField


class ChannelKind(models.TextChoices):
    """What stands at the other end."""

    SLACK = "slack", _("Slack")
    TEAMS = "teams", _("Microsoft Teams")
    WEBHOOK = "webhook", _("Webhook")


class NoticeKind(models.TextChoices):
    """What a notice is about."""

    BOUNCE = "bounce", _("Mail came back")
    REFUSAL = "refusal", _("A vendor refused")
    OVERDUE = "overdue", _("An answer is overdue")
    VERSION_CHANGED = "version_changed", _("A procedure changed")


class NotificationChannel(models.Model):
    """One address that is told about what happens. Whoever knows the address may post there: it is a secret."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=10, choices=ChannelKind)
    name = models.CharField(max_length=100)
    url = EncryptedTextField()
    # Signs what is posted to a webhook (Standard Webhooks: whsec_ and base64); empty for Slack and Teams.
    secret = EncryptedTextField(blank=True, default="")
    # Values of NoticeKind.
    events = models.JSONField(default=list)
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class ChannelPost(QueuedRow):
    """One message to a channel: the row is the queue, and afterwards the log."""

    channel = models.ForeignKey(NotificationChannel, on_delete=models.CASCADE, related_name="posts")
    # The same in each attempt, so that the receiver can tell a repetition.
    post_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    payload = models.JSONField()

    class Meta(QueuedRow.Meta):
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def kind_words(self) -> str:
        """What was posted; anything but the kinds of notices is a test."""
        return str(NoticeKind(self.kind).label if self.kind in NoticeKind.values else _("Test"))
