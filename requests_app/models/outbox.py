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


class Purpose(models.TextChoices):
    """What a mail is for; only the first freezes its request, and gives the draft back when it is cancelled."""

    REQUEST = "request", _("Request")
    FOLLOW_UP = "follow_up", _("Follow-up")
    ESCALATION = "escalation", _("Escalation")
    ANSWER = "answer", _("Answer")


class OutgoingMail(models.Model):
    """One mail to one recipient; its exact bytes stand in its message."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="outgoing_mail")
    request = models.ForeignKey(OptOutRequest, on_delete=models.PROTECT, related_name="outgoing_mail")
    # None once it is cancelled: what never left the house is not correspondence.
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, related_name="outgoing_mail")
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.REQUEST)
    state = models.CharField(max_length=10, choices=SendState)
    # The Message-ID with its angle brackets; chosen when the mail is queued and the same in every attempt.
    mail_id = models.CharField(max_length=255, unique=True)
    sender = models.CharField(max_length=254)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    # No person wrote or approved it, and it says so (RFC 3834).
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
    # When a mail in doubt was last looked for where the server keeps what was sent, and not found.
    missed_in_sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (
            # What is due, oldest first.
            models.Index(fields=("due_at", "id"), name="outbox_due", condition=models.Q(state=SendState.QUEUED)),
            # What a worker left behind.
            models.Index(fields=("claimed_at",), name="outbox_sending", condition=models.Q(state=SendState.SENDING)),
            # What the automatic mail to one address is counted by.
            models.Index(fields=("organisation", "recipient", "-queued_at"), name="outbox_of_recipient"),
            # What waits for a person of this organisation.
            models.Index(fields=("organisation", "state", "-id"), name="outbox_of_organisation"),
        )

    def __str__(self) -> str:
        return f"{self.mail_id} ({self.state})"

    @property
    def has_null_sender(self) -> bool:
        """Whether nobody is told of a bounce: automatic answers only (RFC 3834 section 3.3), since a follow-up that
        does not arrive must be known of.
        """
        return self.is_automatic and self.purpose == Purpose.ANSWER


class PausedAddress(models.Model):
    """An address that mail bounced from for good: nothing goes there until a person lets it go on."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="paused_addresses")
    address = models.CharField(max_length=254)
    since = models.DateTimeField()
    # How many came since it was first paused, and what the last of them said.
    bounces = models.PositiveIntegerField(default=0)
    last_reply = models.CharField(max_length=500, blank=True)
    # Empty while it is paused.
    resumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-since",)
        verbose_name_plural = "paused addresses"
        constraints = (models.UniqueConstraint(fields=("organisation", "address"), name="one_pause_of_an_address"),)

    def __str__(self) -> str:
        return f"{self.address} ({'resumed' if self.resumed_at else 'paused'})"
