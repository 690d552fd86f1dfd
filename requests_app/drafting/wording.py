"""The words of a request: python-liquid, strict and bounded, a value never read as a template again."""

import functools
from collections.abc import Mapping

from django.conf import settings
from liquid import Environment, FileSystemLoader, StrictUndefined
from liquid.exceptions import LiquidError

LOCALES = ("en", "de", "fr")


class WordingError(ValueError):
    """A wording that cannot be filled: it names something unknown, or grows beyond its limits."""


class _Bounded(Environment):
    """Enough for a long letter, not for more."""

    output_stream_limit = 100_000
    loop_iteration_limit = 1_000
    local_namespace_limit = 10_000
    context_depth_limit = 5


@functools.cache
def _environment() -> Environment:
    environment = _Bounded(undefined=StrictUndefined, loader=FileSystemLoader(settings.WORDING_DIR))
    environment.filters.clear()
    allowed = {"content", "output", "illegal", "if", "unless", "case", "for"}
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in allowed}
    return environment


def render(name: str, context: Mapping[str, object]) -> str:
    """Return the packaged wording, such as en/request.liquid, filled in. Raises WordingError."""
    try:
        return _environment().get_template(name).render(**context)
    except LiquidError as error:
        raise WordingError(f"{name}: {error}") from error


def fill(wording: str, values: Mapping[str, str]) -> str:
    """Return a wording from the catalogue or from an organisation, filled in. Raises WordingError."""
    try:
        return _environment().from_string(wording).render(**values)
    except LiquidError as error:
        raise WordingError(str(error)) from error
