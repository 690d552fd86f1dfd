"""Where a mail provider hands over what came in: an address of the organisation's own that nobody can guess."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.organisation import Organisation
from requests_app.models.secret import EncryptedTextField


class MailProvider(models.TextChoices):
    """Who can hand over mail."""

    MAILGUN = "mailgun", _("Mailgun")
    POSTMARK = "postmark", _("Postmark")


class InboundHook(models.Model):
    """One webhook of an organisation at a provider."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="inbound_hooks")
    provider = models.CharField(max_length=10, choices=MailProvider)
    # The part of the address that cannot be guessed: its hash to find the row by, itself to show it to owners again.
    secret_hash = models.CharField(max_length=64, unique=True)
    secret = EncryptedTextField()
    # What shows that the provider asks: Mailgun's key for signatures, or a user and a password with a colon between.
    signing_key = EncryptedTextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    last_mail_at = models.DateTimeField(null=True, blank=True)
    # Why the last call was refused, since the last mail that was taken.
    last_refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("provider",)
        constraints = (models.UniqueConstraint(fields=("organisation", "provider"), name="one_hook_of_a_provider"),)

    def __str__(self) -> str:
        return f"{self.get_provider_display()} ({self.organisation_id})"
