"""What a person changes of a follow-up before it goes."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.catalogue.email_address import AddressError, ascii_address
from requests_app.catalogue.fields import FieldError, refuse_control_characters
from requests_app.models import FollowUp
from requests_app.tracking.follow_up_texts import Text, text_of


class FollowUpForm(forms.Form):
    """Recipient, subject and text; closing and signature are those of the request."""

    recipient = forms.CharField(
        max_length=254,
        required=False,
        label=gettext_lazy("To"),
        help_text=gettext_lazy("One e-mail address. Leave it empty where you send a letter."),
    )
    subject = forms.CharField(
        max_length=300,
        label=gettext_lazy("Subject"),
        help_text=gettext_lazy("One line. “Re:” keeps the thread together."),
    )
    body = forms.CharField(
        max_length=20_000,
        label=gettext_lazy("Text"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("Plain text. The closing and your signature of the request follow by themselves."),
    )

    def __init__(self, follow_up: FollowUp, data: Any = None) -> None:
        text = text_of(follow_up)
        initial = {"recipient": text.recipient, "subject": text.subject, "body": text.body}
        super().__init__(data, initial=initial, auto_id="follow-up-%s")

    def clean_recipient(self) -> str:
        """Refuse what is not exactly one address."""
        address: str = self.cleaned_data["recipient"]
        try:
            return ascii_address(address) and address if address else ""
        except AddressError as error:
            raise forms.ValidationError(_("Write one e-mail address: {reason}").format(reason=error)) from error

    def clean_subject(self) -> str:
        return _clean(self.cleaned_data["subject"], "")

    def clean_body(self) -> str:
        return _clean(self.cleaned_data["body"].replace("\r\n", "\n"), "\n")

    def text(self) -> Text:
        """Return what was typed."""
        data = self.cleaned_data
        return Text(data["subject"], data["body"].replace("\r\n", "\n").strip(), data["recipient"])


def _clean(text: str, allowed: str) -> str:
    """Return the text; it is refused here for what no mail takes, so that a letter or a saved text has none either."""
    try:
        refuse_control_characters(text, allowed)
    except FieldError as error:
        raise forms.ValidationError(str(error)) from error
    return text
