"""Asking who this is before danger."""

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest


@reauthentication_required  # type: ignore[untyped-decorator]
def confirm_identity(request: HttpRequest) -> None:
    """Return when the person signed in lately, or has just confirmed it.

    Otherwise raises ReauthenticationRequired: django-allauth asks for password, code or key, and then does what the
    request asked for. Call it after access has been checked, so that nobody is asked in vain.
    """
