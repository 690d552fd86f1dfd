"""django-allauth's forms with help on every field and labels instead of placeholders."""

from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.people.password import show_button

# Label and help of a field, by its name.
Texts = dict[str, tuple[Any, Any]]


class PlainMixin:
    """Takes placeholders away, because they vanish while one types, and sets labels and help."""

    fields: dict[str, forms.Field]
    texts: ClassVar[Texts] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field.widget, forms.PasswordInput):
                field.widget.attrs |= show_button()
            if name in self.texts:
                field.label, field.help_text = self.texts[name]


NEW_PASSWORD = (_("New password"), _("12 characters or more, and not one that is used everywhere."))
AGAIN = (_("New password again"), _("The same once more, against slips of the finger."))


class LoginForm(PlainMixin, allauth_forms.LoginForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {
        "login": (_("E-mail address"), _("The one that you were invited with.")),
        "password": (_("Password"), ""),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ReauthenticateForm(PlainMixin, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {"password": (_("Password"), _("The one that you sign in with."))}


class ChangePasswordForm(PlainMixin, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {
        "oldpassword": (_("Current password"), _("The one that you sign in with today.")),
        "password1": NEW_PASSWORD,
        "password2": AGAIN,
    }


class ResetPasswordForm(PlainMixin, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {"email": (_("E-mail address"), _("The one that you sign in with."))}


class ResetPasswordKeyForm(PlainMixin, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {"password1": NEW_PASSWORD, "password2": AGAIN}


class AddEmailForm(PlainMixin, allauth_forms.AddEmailForm):  # type: ignore[misc]
    """Refuses: a new address has to be confirmed by mail, and outgoing mail is not set up yet."""

    def clean_email(self) -> str:
        raise forms.ValidationError(_("An e-mail address cannot be changed here. Ask an owner to invite the new one."))
