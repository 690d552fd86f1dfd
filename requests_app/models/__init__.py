"""The nouns, one module each; this page is their table of contents."""

from requests_app.models.event import Event, EventPersonalValue, Subject, erase_personal_values, record_event
from requests_app.models.event_format import EventValueError
from requests_app.models.event_stream import EventStream
from requests_app.models.event_words import Action, Source, StreamKind
from requests_app.models.job import Heartbeat, record_heartbeat
from requests_app.models.organisation import Organisation
from requests_app.models.vendor import Procedure, ProcedureVersion, Vendor

__all__ = [
    "Action",
    "Event",
    "EventPersonalValue",
    "EventStream",
    "EventValueError",
    "Heartbeat",
    "Organisation",
    "Procedure",
    "ProcedureVersion",
    "Source",
    "StreamKind",
    "Subject",
    "Vendor",
    "erase_personal_values",
    "record_event",
    "record_heartbeat",
]
