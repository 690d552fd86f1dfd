"""What an owner types on the page of the mail settings."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.catalogue.email_address import AddressError, ascii_address, ascii_domain
from requests_app.catalogue.fields import FieldError, refuse_control_characters
from requests_app.delivery.reply_address import with_token
from requests_app.models import MailSettings

# Whoever may change these must know the password: otherwise it could be sent to any server.
GOES_WITH_THE_PASSWORD = ("smtp_host", "smtp_port", "smtp_tls", "smtp_user")


def kept_password() -> forms.CharField:
    """Return the field of a password that is saved already, or is to be."""
    return forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Kept encrypted and never shown again. Leave it empty to keep the one that is saved."),
    )


class MailSettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """Sending: the server, the sender, and where answers go."""

    smtp_password = kept_password()

    class Meta:
        model = MailSettings
        fields = (
            "smtp_host",
            "smtp_port",
            "smtp_tls",
            "smtp_user",
            "smtp_password",
            "from_name",
            "from_address",
            "reply_address",
            "needs_approval",
            "automatic_follow_ups",
        )
        labels: ClassVar = {
            "smtp_host": gettext_lazy("Mail server (SMTP)"),
            "smtp_port": gettext_lazy("Port"),
            "smtp_tls": gettext_lazy("Encryption"),
            "smtp_user": gettext_lazy("User name"),
            "from_name": gettext_lazy("Sender’s name"),
            "from_address": gettext_lazy("Sender’s address"),
            "reply_address": gettext_lazy("Address for replies"),
            "needs_approval": gettext_lazy("A second person approves each mail"),
            "automatic_follow_ups": gettext_lazy("Follow-ups may go by themselves"),
        }
        help_texts: ClassVar = {
            "smtp_host": gettext_lazy("Such as smtp.example.org. Leave it empty to hand everything over yourselves."),
            "smtp_port": gettext_lazy("Mostly 587 with STARTTLS, or 465 with TLS from the first byte."),
            "smtp_tls": gettext_lazy(
                "The server’s certificate is checked. Without encryption, anybody on the way can read the password."
            ),
            "smtp_user": gettext_lazy("Leave it empty where the server asks for none."),
            "from_name": gettext_lazy("Stands before the address. Empty: the person who signs the request."),
            "from_address": gettext_lazy(
                "The server must accept it as yours. Vendors often act only on mail from an address that they know. "
                "What cannot be delivered comes back to this address: let it be the mailbox that is read here, or "
                "forward it to that."
            ),
            "reply_address": gettext_lazy(
                "A mailbox that takes plus-addresses, such as optout@example.org: each request gets one of its own, as "
                "in optout+token@example.org. Empty: answers go to the sender’s address."
            ),
            "needs_approval": gettext_lazy("It then waits on the page Today until another admin or owner lets it go."),
            "automatic_follow_ups": gettext_lazy(
                "Only for the vendors and procedures whose follow-up rules say so, never more than one a day to one "
                "address. An escalation always waits for a person."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_password = bool(self.instance.smtp_password)

    def clean_smtp_host(self) -> str:
        return host_name(self.cleaned_data["smtp_host"])

    def clean_smtp_user(self) -> str:
        return _ascii(one_line(self.cleaned_data["smtp_user"]))

    def clean_smtp_password(self) -> str:
        return _ascii(one_line(self.cleaned_data["smtp_password"]))

    def clean_from_name(self) -> str:
        return one_line(self.cleaned_data["from_name"])

    def clean_from_address(self) -> str:
        return _address(self.cleaned_data["from_address"])

    def clean_reply_address(self) -> str:
        address = _address(self.cleaned_data["reply_address"])
        if "+" in address.partition("@")[0]:
            raise forms.ValidationError(_("Write the mailbox without a plus: Optout adds its own."))
        try:
            if address:
                with_token(address, "a" * 32)
        except AddressError as error:
            raise forms.ValidationError(_("With a token of 32 characters this address grows too long.")) from error
        return address

    def clean(self) -> None:
        """Ask for what belongs together, and for the password where it would go somewhere else than before."""
        given = self.cleaned_data
        if given.get("smtp_host") and not given.get("from_address") and "from_address" not in self.errors:
            self.add_error("from_address", _("Without it nothing can be sent."))
        moved = any(name in self.changed_data for name in GOES_WITH_THE_PASSWORD)
        if self.has_password and moved and given.get("smtp_user") and not given.get("smtp_password"):
            self.add_error(
                "smtp_password", _("Type the password again: the saved one goes to no other server or user.")
            )


def host_name(value: str) -> str:
    """Return the name of a server as typed, in lower case. Raises ValidationError for what is none."""
    host = value.strip().lower()
    if not host or host in ("localhost", "127.0.0.1", "::1"):
        return host
    try:
        return host if "." not in host and host.isascii() and host.isalnum() else ascii_domain_or_address(host)
    except AddressError as error:
        raise forms.ValidationError(str(error)) from error


def ascii_domain_or_address(host: str) -> str:
    """Return a host name of several labels, or an IPv4 address as it stands. Raises AddressError."""
    return host if all(part.isdigit() and len(part) < 4 for part in host.split(".")) else ascii_domain(host)


def one_line(value: str) -> str:
    """Return the text. Raises ValidationError for line breaks and other control characters."""
    try:
        refuse_control_characters(value)
    except FieldError as error:
        raise forms.ValidationError(str(error)) from error
    return value


def _ascii(value: str) -> str:
    if not value.isascii():
        raise forms.ValidationError(_("SMTP carries plain ASCII characters only here."))
    return value


def _address(value: str) -> str:
    if not value.strip():
        return ""
    try:
        return ascii_address(value.strip())
    except AddressError as error:
        raise forms.ValidationError(str(error)) from error
