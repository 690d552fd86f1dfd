"""Correspondence of a request: the exact bytes that went out or came in."""

from django.conf import settings
from django.db import models

from requests_app.models.request import OptOutRequest


class Message(models.Model):
    """One piece of correspondence; raw is never changed, a correction is a new message."""

    class Direction(models.TextChoices):
        OUTGOING = "outgoing", "Outgoing"
        INCOMING = "incoming", "Incoming"

    request = models.ForeignKey(OptOutRequest, on_delete=models.PROTECT, related_name="messages")
    direction = models.CharField(max_length=10, choices=Direction.choices)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    raw = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name
