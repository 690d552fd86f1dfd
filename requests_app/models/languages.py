"""Which language somebody reads, and the texts that the catalogue gives in several."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import get_language

from requests_app.models.user import User


def in_language(texts: Mapping[str, str], language: str = "") -> str:
    """Return the text in that language, by default the page's; in English where there is none, else an empty string."""
    wanted = language or get_language() or "en"
    return texts.get(wanted[:2]) or texts.get("en", "")


def page_language(person: User | None) -> str:
    """Return the language that this person reads Optout in; for nobody, and for who chose none, the installation's."""
    return (person.language if person else "") or settings.LANGUAGE_CODE
