"""django-allauth's forms of the second factor, with help on every field."""

from typing import ClassVar

from allauth.mfa.base import forms as base_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django.utils.translation import gettext_lazy as _

from requests_app.people.account_forms import PlainMixin, Texts

CODE = (_("Code"), _("Six digits from your authenticator app, or one of your recovery codes."))
KEY_NAME = (_("Name"), _("How you will tell this key from others, such as Laptop or Blue key."))


class AuthenticateForm(PlainMixin, base_forms.AuthenticateForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {"code": CODE}


class ReauthenticateForm(PlainMixin, base_forms.ReauthenticateForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {"code": CODE}


class ActivateTOTPForm(PlainMixin, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {"code": (_("Code"), _("Six digits that the app shows now."))}


class AddWebAuthnForm(PlainMixin, webauthn_forms.AddWebAuthnForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {
        "name": KEY_NAME,
        "passwordless": (
            _("Use it as a passkey"),
            _("A passkey signs you in alone, without e-mail and password. It asks for your fingerprint, face or PIN."),
        ),
    }


class EditWebAuthnForm(PlainMixin, webauthn_forms.EditWebAuthnForm):  # type: ignore[misc]
    texts: ClassVar[Texts] = {"name": KEY_NAME}
