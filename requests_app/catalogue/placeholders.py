"""The placeholders of a wording: python-liquid, names of declared fields only, nothing else of the language."""

from liquid import Environment
from liquid.exceptions import LiquidError


class PlaceholderError(ValueError):
    """Says what in the wording is no plain placeholder."""


_parser = Environment()


def used_in(wording: str) -> set[str]:
    """Return the names that the wording puts in. Raises PlaceholderError for tags, filters and paths."""
    try:
        analysis = _parser.from_string(wording).analyze()
    except LiquidError as error:
        raise PlaceholderError(f"the wording cannot be read: {error}") from error
    if analysis.tags:
        raise PlaceholderError(f"tags are not allowed: {', '.join(sorted(analysis.tags))}")
    if analysis.filters:
        raise PlaceholderError(f"filters are not allowed: {', '.join(sorted(analysis.filters))}")
    for name, uses in analysis.variables.items():
        if any(len(use.segments) != 1 for use in uses):
            raise PlaceholderError(f"“{name}” must be a plain name, without dots or brackets")
    return {str(name) for name in analysis.variables}
