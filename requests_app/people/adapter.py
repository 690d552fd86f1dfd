"""How accounts come to be: by the set-up link or by an invitation, never by an open sign-up."""

import logging
import time
from smtplib import SMTPException
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.http import HttpRequest
from django.shortcuts import resolve_url

from requests_app.access import user_of
from requests_app.models import User
from requests_app.people import setup

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Fits django-allauth to people who are known by their e-mail address and come by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: the wizard and the invitation page make accounts themselves."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where a person goes who did not come from another page: on with the set-up, or home."""
        return resolve_url(setup.next_step(user_of(request)) or "home")

    def reauthenticate(self, user: User, password: str) -> bool:
        """Return whether this is the person's password; attempts are counted together with those to sign in."""
        # django-allauth goes by its own table of addresses, which is empty for people who have not signed in yet.
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether danger has to ask who this is: not when the person signed in a moment ago."""
        records = get_authentication_records(context.request, context.request.user)
        if records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail about the account. A failure is logged only: the page must not tell who has an account."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            log.error("A mail of %s could not be sent: %s", template_prefix, type(error).__name__)
