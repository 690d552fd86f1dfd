"""What all rows have that a worker claims, works on outside of any transaction, and ends."""

from django.db import models

from requests_app.models.outbox import SendState


class QueuedRow(models.Model):
    """Queued, then sending (committed before a connection is opened), then sent, failed or unknown."""

    state = models.CharField(max_length=10, choices=SendState, default=SendState.QUEUED)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    # Whose attempt is under way, or was the last: only its holder may write how it ended.
    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    # The number that the server answered with; 0: none.
    code = models.PositiveSmallIntegerField(default=0)
    reply = models.CharField(max_length=1000, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        indexes = (
            # What is due, oldest first.
            models.Index(fields=("due_at", "id"), name="%(class)s_due", condition=models.Q(state=SendState.QUEUED)),
            # What a worker left behind.
            models.Index(fields=("claimed_at",), name="%(class)s_sending", condition=models.Q(state=SendState.SENDING)),
        )
