"""What an owner types to take in mail from a provider."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.models import MailProvider

_LONGEST_KEY = 200


class HookForm(forms.Form):
    """A new address for a webhook, and Mailgun's key where that has changed."""

    signing_key = forms.CharField(
        label=gettext_lazy("HTTP webhook signing key"),
        required=False,
        max_length=_LONGEST_KEY,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Mailgun only. Kept encrypted and never shown again. Empty keeps the one that is saved."
        ),
    )

    def __init__(self, data: Any = None, *, provider: str) -> None:
        super().__init__(data, auto_id=f"id_{provider}_%s")
        if provider != MailProvider.MAILGUN:
            del self.fields["signing_key"]

    def clean_signing_key(self) -> str:
        return ascii_key(self.cleaned_data["signing_key"])


class NewHookForm(forms.Form):
    """A webhook at a provider where the organisation has none."""

    provider = forms.ChoiceField(
        label=gettext_lazy("Provider"),
        choices=MailProvider.choices,
        help_text=gettext_lazy("Who takes in the mail to your address for replies."),
    )
    signing_key = forms.CharField(
        label=gettext_lazy("HTTP webhook signing key"),
        required=False,
        max_length=_LONGEST_KEY,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Mailgun only: it shows the key in its dashboard. Kept encrypted and never shown again. For Postmark, "
            "Optout makes up a password and puts it into the address."
        ),
    )

    def __init__(self, *args: Any, taken: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [  # type: ignore[attr-defined]  # of a ChoiceField
            (value, label) for value, label in MailProvider.choices if value not in taken
        ]

    def clean_signing_key(self) -> str:
        return ascii_key(self.cleaned_data["signing_key"])

    def clean(self) -> None:
        """Ask for the key where calls are signed with it."""
        given = self.cleaned_data
        missing = given.get("provider") == MailProvider.MAILGUN and not given.get("signing_key")
        if missing and "signing_key" not in self.errors:
            self.add_error("signing_key", _("Mailgun signs each call; without its key none can be checked."))


def ascii_key(key: str) -> str:
    if not key.isascii() or not key.isprintable():
        raise forms.ValidationError(_("A key has plain characters only. Copy it again."))
    return key
