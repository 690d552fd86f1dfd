"""What people say about mail that came in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.intake.reading.caps import MOST_BYTES


class UploadMailForm(forms.Form):
    """A mail as a file."""

    mail = forms.FileField(
        label=gettext_lazy("E-mail as a file"),
        help_text=gettext_lazy("As your mail program saves it: .eml or .msg, up to 25 MB. It is kept byte for byte."),
        widget=forms.ClearableFileInput(attrs={"accept": ".eml,.msg,message/rfc822,application/vnd.ms-outlook"}),
    )

    def clean_mail(self) -> Any:
        """Refuse a file that is too large before it is read."""
        upload = self.cleaned_data["mail"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 25 MB."))
        return upload


class DiscardForm(forms.Form):
    """Why a mail is set aside for good."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy(
            "One line for the history, such as: advertising. The mail is kept and can be taken back."
        ),
    )
