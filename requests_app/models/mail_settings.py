"""How an organisation sends mail and takes in what comes back."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.organisation import Organisation
from requests_app.models.secret import EncryptedTextField

PORTS = [MinValueValidator(1), MaxValueValidator(65_535)]


class Tls(models.TextChoices):
    """How a connection to a mail server is protected."""

    STARTTLS = "starttls", _("STARTTLS (begins in the open, then encrypts)")
    TLS = "tls", _("TLS from the first byte")
    NONE = "none", _("None (only inside your own network)")


class MailSettings(models.Model):
    """One row for each organisation; without it, or without a server in it, everything is handed over by hand."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="mail_settings")

    smtp_host = models.CharField(max_length=253, blank=True)
    smtp_port = models.PositiveIntegerField(default=587, validators=PORTS)
    smtp_tls = models.CharField(max_length=10, choices=Tls, default=Tls.STARTTLS)
    smtp_user = models.CharField(max_length=254, blank=True)
    smtp_password = EncryptedTextField(blank=True, default="")
    from_name = models.CharField(max_length=200, blank=True)
    from_address = models.CharField(max_length=254, blank=True)
    # The mailbox that takes replies; each request has its own plus-address at it.
    reply_address = models.CharField(max_length=254, blank=True)
    needs_approval = models.BooleanField(default=False)
    # Set while the server refuses these settings: every mail waits until an owner saves others or a test goes through.
    sending_paused_at = models.DateTimeField(null=True, blank=True)
    sending_paused_reason = models.CharField(max_length=1000, blank=True)
    automatic_follow_ups = models.BooleanField(default=False)
    automatic_notices = models.BooleanField(default=False)

    imap_host = models.CharField(max_length=253, blank=True)
    imap_port = models.PositiveIntegerField(default=993, validators=PORTS)
    imap_tls = models.CharField(max_length=10, choices=Tls, default=Tls.TLS)
    imap_user = models.CharField(max_length=254, blank=True)
    imap_password = EncryptedTextField(blank=True, default="")
    imap_folder = models.CharField(max_length=200, blank=True, default="INBOX")
    # Where a mail goes once it is taken in; empty leaves it where it is.
    imap_done_folder = models.CharField(max_length=200, blank=True)
    # Where the server keeps what was sent: whether a message in doubt went out is looked up there.
    imap_sent_folder = models.CharField(max_length=200, blank=True)
    # How the organisation's own server names itself in Authentication-Results (RFC 8601); empty trusts none.
    authserv_id = models.CharField(max_length=253, blank=True)
    last_polled_at = models.DateTimeField(null=True, blank=True)
    last_poll_error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "mail settings"

    def __str__(self) -> str:
        return f"mail of {self.organisation_id}"

    @property
    def can_send(self) -> bool:
        """Whether there is a server to send through and an address to send from."""
        return bool(self.smtp_host and self.from_address)
