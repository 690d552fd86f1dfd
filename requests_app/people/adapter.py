"""How accounts come to be: by the set-up link or by an invitation, never by an open sign-up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the sign-up page of django-allauth."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: the wizard and the invitation page make accounts themselves."""
        return False
