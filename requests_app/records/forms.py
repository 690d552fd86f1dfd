"""What is brought to be verified, and the certificate that records are signed with."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.records.verification import MOST_BYTES

_MOST_CERTIFICATE = 100_000


class VerifyForm(forms.Form):
    """A record, and whom to trust."""

    record = forms.FileField(
        label=gettext_lazy("Record or pack"),
        help_text=gettext_lazy(
            "The sealed PDF, or an evidence pack (ZIP) of up to 200 requests; up to 50 MB. It is not kept."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,application/pdf,.zip,application/zip"}),
    )
    trusted = forms.FileField(
        label=gettext_lazy("Certificate that you trust (optional)"),
        required=False,
        help_text=gettext_lazy("In PEM or DER, as the organisation gave it to you by another way."),
    )

    def clean_record(self) -> "UploadedFile[bytes]":
        """Return the file. Raises ValidationError above 50 MB."""
        return _below(
            self.cleaned_data["record"],
            MOST_BYTES,
            _("The file is larger than 50 MB. Verify it with: manage.py verify_record FILE"),
        )

    def clean_trusted(self) -> "UploadedFile[bytes] | None":
        """Return the file, or None. Raises ValidationError for one that is larger than a certificate."""
        return _below(self.cleaned_data["trusted"], _MOST_CERTIFICATE, _("This is larger than a certificate."))


class SignerForm(forms.Form):
    """A key with its certificate."""

    pkcs12 = forms.FileField(
        label=gettext_lazy("Certificate with its key"),
        help_text=gettext_lazy("A PKCS#12 file (.p12 or .pfx), as a certification authority gives out for signing."),
    )
    password = forms.CharField(
        label=gettext_lazy("Password of the file"),
        required=False,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("It is used once, to open the file. The key is kept encrypted."),
    )

    def clean_pkcs12(self) -> "UploadedFile[bytes]":
        """Return the file. Raises ValidationError for one that is larger than a certificate."""
        return _below(self.cleaned_data["pkcs12"], _MOST_CERTIFICATE, _("This is larger than a certificate."))


def _below(upload: "UploadedFile[bytes]", most: int, words: str) -> "UploadedFile[bytes]":
    if upload and (upload.size or 0) > most:
        raise forms.ValidationError(words)
    return upload
