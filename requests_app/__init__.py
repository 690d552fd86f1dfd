"""Optout's one Django app: the catalogue, the requests and their proof."""

__version__ = "0.1.0"
