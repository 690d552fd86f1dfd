"""The language of pages: the person's own choice before what the browser asks for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from requests_app.models import User


class LanguageMiddleware:
    """Stands behind LocaleMiddleware, whose choice holds for whoever has made none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the page in the person's language; LocaleMiddleware puts the thread's own back for the next one."""
        if isinstance(request.user, User) and request.user.language:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
