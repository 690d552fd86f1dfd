"""The field for a new password, typed once and shown on request."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from requests_app.models import User


def show_button() -> dict[str, Any]:
    """Return the attributes from which static/js/people.js makes the button beside a password."""
    return {"data-show": _("Show"), "data-hide": _("Hide")}


class NewPasswordField(forms.CharField):
    """A new password; check_password says later whether it is good enough for this person."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"autocomplete": "new-password", **show_button()}
        kwargs.setdefault("label", _("Password"))
        kwargs.setdefault("help_text", _("12 characters or more, and not one that is used everywhere."))
        super().__init__(strip=False, widget=forms.PasswordInput(attrs=attributes), **kwargs)


def check_password(form: forms.Form, email: str) -> None:
    """Add what is wrong with the form's password, seen beside the person's name and address."""
    password = form.cleaned_data.get("password")
    if password:
        try:
            validate_password(password, User(email=email, name=form.cleaned_data.get("name", "")))
        except forms.ValidationError as error:
            form.add_error("password", error)
