"""The supervisory authority of a country, as far as a source was read: fixtures/supervisory_authorities.yaml."""

import functools
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from requests_app.catalogue.strict_yaml import read_yaml


@dataclass(frozen=True)
class Authority:
    """Whom a controller established in the country can turn to under the GDPR (art. 51)."""

    name: str
    website: str


def authority_of(country: str) -> Authority | None:
    """Return the authority of the country (ISO 3166-1 alpha-2); None where no source says which one it is."""
    entry = _table().get(country)
    return Authority(entry["name"], entry["website"]) if entry and entry["source"]["read"] else None


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = read_yaml(settings.AUTHORITIES_FILE)
    return table
