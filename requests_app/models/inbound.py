"""Mail that came in: the raw bytes first, what was read in them after that."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.message import Message
from requests_app.models.organisation import Organisation
from requests_app.models.request import OptOutRequest


class Way(models.TextChoices):
    """The way in."""

    IMAP = "imap", _("Mailbox")
    PIPE = "pipe", _("Mail server")
    UPLOAD = "upload", _("Upload")
    WEBHOOK = "webhook", _("Mail provider")


class InboundState(models.TextChoices):
    """How far a mail has come. Whatever it is, the original is kept."""

    STORED = "stored", _("Not read yet")
    MATCHED = "matched", _("Filed")
    HELD = "held", _("Held")
    FAILED = "failed", _("Could not be read")
    QUARANTINED = "quarantined", _("Quarantined")
    DUPLICATE = "duplicate", _("Came twice")
    DISCARDED = "discarded", _("Discarded")


class InboundKind(models.TextChoices):
    """What a mail is."""

    REPLY = "reply", _("Reply")
    AUTO_REPLY = "auto_reply", _("Automatic reply")
    BOUNCE = "bounce", _("Bounce")
    OTHER = "other", _("Other")


class Waits(models.TextChoices):
    """Why a person has to look at a mail; empty once somebody has, or where nobody has to."""

    HELD = "held", _("Held")
    UNCERTAIN = "uncertain", _("Uncertain sender")
    PROOF = "proof", _("Asked for proof")
    BOUNCED = "bounced", _("Bounced")
    REPLY = "reply", _("New replies")


class InboundMail(models.Model):
    """One mail as it arrived; committed before anything looks into it."""

    # None while nobody knows whose it is.
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="inbound_mail")
    way = models.CharField(max_length=10, choices=Way)
    # What makes it the same mail again: account, UIDVALIDITY and UID of a mailbox, else the SHA-256.
    key = models.CharField(max_length=200, unique=True)
    # In the database, so that the mail and its key are committed in one piece and one backup holds both.
    raw = models.BinaryField()
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    # Its bytes were put together again from what a provider had read in it: the original was not handed over.
    is_rebuilt = models.BooleanField(default=False)
    # Whom the provider says it was sent to, which no header need name: a Bcc. Empty where nobody said so.
    envelope_recipients = models.JSONField(default=list)
    # Where it lies in its mailbox.
    account = models.CharField(max_length=64, blank=True)
    uid_validity = models.PositiveBigIntegerField(null=True, blank=True)
    uid = models.PositiveBigIntegerField(null=True, blank=True)

    state = models.CharField(max_length=12, choices=InboundState, default=InboundState.STORED)
    reason = models.CharField(max_length=40, blank=True)
    # What went wrong, in the words of what went wrong.
    trouble = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=10, choices=InboundKind, default=InboundKind.OTHER)
    parsed = models.JSONField(default=dict)
    # The Message-ID with its angle brackets, and the SHA-256 of all that was read: both equal make a duplicate.
    mail_id = models.CharField(max_length=255, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    authenticity = models.JSONField(default=dict)
    suggestion = models.JSONField(default=dict)

    request = models.ForeignKey(OptOutRequest, on_delete=models.PROTECT, null=True, related_name="inbound_mail")
    suggested_request = models.ForeignKey(OptOutRequest, on_delete=models.PROTECT, null=True, related_name="+")
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, related_name="inbound_mail")
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="duplicates")

    waits = models.CharField(max_length=10, choices=Waits, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    # Why it was discarded.
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (
            # What waits for a person of this organisation, newest first.
            models.Index(fields=("organisation", "waits", "-id"), name="inbound_waits"),
            # What came under the same Message-ID: a duplicate, or what a mail answers.
            models.Index(fields=("mail_id",), name="inbound_mail_id"),
            # The same bytes by another way.
            models.Index(fields=("sha256",), name="inbound_sha256"),
            # What of a mailbox is already here.
            models.Index(fields=("account", "uid_validity", "uid"), name="inbound_of_mailbox"),
            # What was stored, but not read: a worker died in between.
            models.Index(fields=("id",), name="inbound_stored", condition=models.Q(state=InboundState.STORED)),
        )

    def __str__(self) -> str:
        return f"mail {self.pk} ({self.state})"
