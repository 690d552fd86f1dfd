"""Accounts: made by the set-up link or an invitation, and signed in at once."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from requests_app.models import User


class AddressTaken(ValueError):
    """Somebody has an account with this e-mail address."""


def has_account(email: str) -> bool:
    """Return whether somebody signs in with this address, however it is capitalised."""
    return User.objects.filter(email__iexact=email).exists()


def create_account(email: str, name: str, password: str) -> User:
    """Return a new person who can sign in. Raises AddressTaken."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email.lower(), password, name=name)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    except IntegrityError as error:
        raise AddressTaken(email) from error
    return user


def sign_in(request: HttpRequest, user: User) -> None:
    """Sign in a person who has just chosen a password, in a new session."""
    adapter = get_adapter(request)
    record_authentication(request, user, method="password", email=user.email)
    adapter.login(request, user)
