"""One gapless chain of events: the history of a request, or of the organisation itself."""

import uuid

from django.db import models

from requests_app.models.event_format import NO_HASH, StreamDocument
from requests_app.models.event_words import StreamKind
from requests_app.models.organisation import Organisation

ORGANISATION_STREAM = "organisation"


class EventStream(models.Model):
    """The head of a chain. Whoever holds the lock on this row writes the next event; there is no wider lock.

    The hash of each event covers id, kind, name and organisation: none of them ever changes, and the database's
    triggers (migration 0002) see to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="streams", db_index=False)
    kind = models.CharField(max_length=20, choices=StreamKind.choices)
    name = models.CharField(max_length=80, help_text="A request's reference, or organisation.")
    head_sequence = models.PositiveBigIntegerField(default=0, editable=False)
    head_hash = models.CharField(max_length=64, default=NO_HASH, editable=False)

    class Meta:
        constraints = (
            # Also the index under "the streams of this organisation, in the order in which they are verified".
            models.UniqueConstraint(fields=("organisation", "kind", "name"), name="one_stream_of_a_name"),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of_organisation(cls, organisation: Organisation) -> "EventStream":
        """Return the stream of what concerns the whole organisation: its people, settings, catalogue."""
        stream, _ = cls.objects.get_or_create(
            organisation=organisation, kind=StreamKind.ORGANISATION, name=ORGANISATION_STREAM
        )
        return stream

    @property
    def document(self) -> StreamDocument:
        """What the hash of each event says about its stream."""
        return StreamDocument(id=str(self.id), kind=self.kind, name=self.name, organisation=str(self.organisation_id))
