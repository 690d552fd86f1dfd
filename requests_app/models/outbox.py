"""What is to be sent: the row is the queue."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.message import Message
from requests_app.models.organisation import Organisation
from requests_app.models.request import OptOutRequest


class SendState(models.TextChoices):
    """Where an outgoing mail stands."""

    WAITING = "waiting", _("Waiting for approval")
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    UNKNOWN = "unknown", _("In doubt")
    CANCELLED = "cancelled", _("Cancelled")


class OutgoingMail(models.Model):
    """One mail to one recipient; its exact bytes stand in its message."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="outgoing_mail")
    request = models.ForeignKey(OptOutRequest, on_delete=models.PROTECT, related_name="outgoing_mail")
    # None once it is cancelled: what never left the house is not correspondence.
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, related_name="outgoing_mail")
    state = models.CharField(max_length=10, choices=SendState)
    # The Message-ID with its angle brackets; chosen when the mail is queued and the same in every attempt.
    mail_id = models.CharField(max_length=255, unique=True)
    sender = models.CharField(max_length=254)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    # Nobody wrote it by hand (RFC 3834): it goes out with a null return path.
    is_automatic = models.BooleanField(default=False)

    queued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    queued_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField()
    # An earlier attempt may have arrived: it is never again said that nothing left the house.
    was_in_doubt = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Whose attempt is under way, or was the last: only its holder may write how it ended.
    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    # The server's own words about the last attempt, or what went wrong on the way to it.
    reply = models.CharField(max_length=1000, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (
            # What is due, oldest first.
            models.Index(fields=("due_at", "id"), name="outbox_due", condition=models.Q(state=SendState.QUEUED)),
            # What a worker left behind.
            models.Index(fields=("claimed_at",), name="outbox_sending", condition=models.Q(state=SendState.SENDING)),
            # What waits for a person of this organisation.
            models.Index(fields=("organisation", "state", "-id"), name="outbox_of_organisation"),
        )

    def __str__(self) -> str:
        return f"{self.mail_id} ({self.state})"
