"""The certificate that an organisation's records are signed with."""

from django.db import models

from requests_app.models.organisation import Organisation
from requests_app.models.secret import EncryptedTextField


class RecordSigner(models.Model):
    """A key, encrypted, and its certificates in PEM, its own first: the organisation's, or one that Optout made."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="record_signer")
    # PKCS#8 in PEM.
    key = EncryptedTextField()
    certificates = models.TextField()
    # The SHA-256 of the certificate's DER bytes, as hexadecimal digits.
    fingerprint = models.CharField(max_length=64)
    subject = models.CharField(max_length=300)
    not_after = models.DateTimeField()
    is_own = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.subject
