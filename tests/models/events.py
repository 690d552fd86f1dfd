"""An organisation with a stream, and events to fill it."""

from typing import Any

from django.db import transaction

from requests_app.models import Action, Event, EventStream, Organisation, Source, StreamKind, Subject, record_event


def make_stream(slug: str = "acme", name: str = "OPT-2026-000123") -> EventStream:
    """Return the stream of a request of the organisation with this slug; make both if need be."""
    organisation, _ = Organisation.objects.get_or_create(slug=slug, defaults={"name": "Acme GmbH", "country": "DE"})
    return EventStream.objects.create(organisation=organisation, kind=StreamKind.REQUEST, name=name)


def write_event(stream: EventStream, **given: Any) -> Event:
    """Append one event in a transaction of its own."""
    values: dict[str, Any] = {
        "action": Action.NOTE_ADDED,
        "actor": "user:17",
        "source": Source.WEB,
        "subject": Subject("optoutrequest", "123"),
        "detail": {"channel": "email", "count": 3},
    }
    with transaction.atomic():
        return record_event(stream, **values | given)
