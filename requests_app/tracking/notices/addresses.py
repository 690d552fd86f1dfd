"""Addresses of this site in mails, which are written where no browser has named it."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from requests_app.models import Membership

_SIGNER = "optout.unsubscribe"


def absolute(path: str) -> str:
    """Return the whole address of a page."""
    return f"{settings.BASE_URL}{path}"


def page(name: str, *arguments: object) -> str:
    """Return the whole address of the page of that name."""
    return absolute(reverse(name, args=arguments))


def unsubscribe_token(membership: Membership) -> str:
    """Return what only this site can have written: the membership's number and its HMAC under SECRET_KEY."""
    return Signer(salt=_SIGNER).sign(str(membership.pk))


def membership_of(token: str) -> Membership:
    """Return the member whose token this is; 404 for any other, and for somebody who has left."""
    try:
        pk = int(Signer(salt=_SIGNER).unsign(token))
    except (BadSignature, ValueError) as error:
        raise Http404 from error
    return get_object_or_404(Membership.objects.select_related("organisation", "user"), pk=pk)
