"""What makes history that was written anew show: each event's place in a Merkle tree, and the signed roots of it."""

from django.db import models

from requests_app.models.event import Event
from requests_app.models.organisation import Organisation


class TreeLeaf(models.Model):
    """The place of an event in its organisation's tree, from 0; it never changes. The leaf is the event's hash."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="leaf")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("organisation_id", "position")
        constraints = (
            # Also the index under "all leaves of this organisation, in their order".
            models.UniqueConstraint(fields=("organisation", "position"), name="one_leaf_of_a_position"),
        )

    def __str__(self) -> str:
        return f"{self.position} {self.event_id}"


class Checkpoint(models.Model):
    """The signed root of the tree over the first `size` events; the document is what was signed, to the byte."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="checkpoints", db_index=False)
    size = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    document = models.TextField()
    # Ed25519 (RFC 8032), as hexadecimal digits; so is the key that verifies it.
    signature = models.CharField(max_length=128)
    public_key = models.CharField(max_length=64)

    class Meta:
        ordering = ("organisation_id", "size")
        constraints = (
            # Also the index under "the last checkpoint of this organisation".
            models.UniqueConstraint(fields=("organisation", "size"), name="one_checkpoint_of_a_size"),
        )

    def __str__(self) -> str:
        return f"{self.size} events, {self.root}"
