"""Telling people: digests, notices at once, calendar feeds, and the organisation's channels."""
