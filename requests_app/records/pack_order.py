"""Which records a pack is to hold: those of a filtered list, but for drafts, which never asked anything of anybody."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from requests_app.models import OptOutRequest, Organisation
from requests_app.records.record import RELATED
from requests_app.tracking.filters import Filters, requests_for

_CHUNK = 50


class PackRefused(Exception):
    """A pack that cannot be made; says why."""


@dataclass(frozen=True)
class Order:
    """The pack of the list that the filters leave, as it is at that moment, in that interface language."""

    organisation: Organisation
    filters: Filters
    language: str
    now: datetime.datetime

    def keys(self) -> tuple[list[int], int]:
        """Return the keys of the requests in the list's order, and how many drafts are left out; read once.

        Raises PackRefused where nothing is left.
        """
        return self._keys

    @cached_property
    def _keys(self) -> tuple[list[int], int]:
        rows = requests_for(self.organisation, self.filters).values_list("pk", "reference")
        found = [pk for pk, reference in rows if reference]
        left_out = len(rows) - len(found)
        if not found:
            raise PackRefused(
                _("This list has no request that was handed over, so there is nothing to prove. Choose another list.")
            )
        return found, left_out


def requests_of(keys: list[int]) -> Iterator[OptOutRequest]:
    """Yield the requests of the keys in this order, as they are when it is their turn."""
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        found = OptOutRequest.objects.select_related(*RELATED).in_bulk(part)
        yield from (found[key] for key in part if key in found)
