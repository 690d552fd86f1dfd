"""The product's addresses, by name, with the objects that a test has."""

from typing import Any

from django.urls import URLPattern, reverse

from requests_app import urls
from tests.access_table import RULES


def patterns() -> dict[str, URLPattern]:
    """Return the addresses of the product by name."""
    found = [pattern for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)]
    assert len(found) == len(urls.urlpatterns), "an include() would hide addresses from these tests"
    return {str(pattern.name): pattern for pattern in found}


def address(name: str, world: Any, organisation: str = "acme") -> str:
    """Return the address of the world's objects, as if they were of the organisation with that slug."""
    arguments = {key: _argument(text, world) for key, text in RULES[name].arguments.items()}
    if "organisation" in patterns()[name].pattern.converters:
        arguments["organisation"] = organisation
    return reverse(name, kwargs=arguments)


def _argument(text: str, world: Any) -> object:
    found = getattr(world, text, text)
    return getattr(found, "pk", found)
