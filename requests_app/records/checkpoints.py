"""Checkpoints: the signed root over all events of an organisation, so that history cannot be written anew unseen."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.db.models import Sum

from requests_app.models import Checkpoint, Event, EventStream, Organisation, TreeLeaf
from requests_app.models.event_format import canonical_json, utc_text
from requests_app.records.merkle import Tree
from requests_app.records.signer import make_signer
from requests_app.records.signing_key import fingerprint, is_signed, public_key, sign

FORMAT = 1
KIND = "optout-checkpoint"
_BATCH = 1000


class Proof(TypedDict):
    """Where an event stands in the tree, and the nodes that lead from it to the root, the lowest first."""

    hash: str
    index: int
    path: list[str]


@dataclass(frozen=True)
class CheckpointFault:
    """A checkpoint, by its size, that does not hold, and why."""

    organisation: str
    size: int
    why: str

    def __str__(self) -> str:
        return f"{self.organisation}, checkpoint over {self.size} events: {self.why}."


def make_checkpoint(organisation: Organisation, now: datetime) -> Checkpoint:
    """Put what is new into the organisation's tree, sign its root, and return that checkpoint.

    The last one is returned again where nothing is new. Raises ValueError for an organisation without any event.
    """
    with transaction.atomic():
        # Whoever else makes one at the same time waits, and then finds it made.
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        last = Checkpoint.objects.filter(organisation=organisation).order_by("-size").first()
        size = _grow(organisation)
        if last and last.size == size:
            return last
        if not size:
            raise ValueError(f"{organisation.slug} has no history yet.")
    # A place that was given is never given again: from here on nobody need wait while the tree is hashed.
    return _signed(organisation, Tree(_entries(organisation, size)), now)


def make_checkpoints(now: datetime) -> list[Checkpoint]:
    """Make a checkpoint for each organisation in which something happened since its last one, and return them.

    The first one comes with the certificate of its records: the owners are sent the fingerprint of it, too.
    """
    made = []
    for organisation in Organisation.objects.all():
        if _has_news(organisation):
            make_signer(organisation)
            made.append(make_checkpoint(organisation, now))
    return made


class Proofs:
    """The tree of one checkpoint, made once for as many proofs as are wanted."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self._tree = Tree(_entries(checkpoint.organisation, checkpoint.size))

    def of(self, hashes: Iterable[str]) -> list[Proof]:
        """Return the proof that each of these events is in the checkpoint. Raises KeyError for one that is not."""
        wanted = list(hashes)
        found: dict[str, int] = {}
        for start in range(0, len(wanted), _BATCH):
            leaves = TreeLeaf.objects.filter(
                event__in=wanted[start : start + _BATCH],
                organisation=self.checkpoint.organisation_id,
                position__lt=self.checkpoint.size,
            )
            found.update(leaves.values_list("event_id", "position"))
        return [_proof(self._tree, entry, found[entry]) for entry in wanted]


def verify_checkpoints(organisation: Organisation) -> tuple[int, CheckpointFault | None]:
    """Return how many checkpoints of the organisation hold, and the first that does not, or None.

    Each is recomputed from the events as they are now: one that was taken away or put in, or another order, shows.
    """
    held = 0
    try:
        tree = Tree(_entries(organisation))
    except ValueError:
        return held, CheckpointFault(organisation.slug, 0, "a leaf of its tree is no hash")
    for checkpoint in Checkpoint.objects.filter(organisation=organisation).order_by("size").iterator():
        why = _fault_of(checkpoint, tree)
        if why:
            return held, CheckpointFault(organisation.slug, checkpoint.size, why)
        held += 1
    return held, None


def _has_news(organisation: Organisation) -> bool:
    events = EventStream.objects.filter(organisation=organisation).aggregate(number=Sum("head_sequence"))["number"]
    last = Checkpoint.objects.filter(organisation=organisation).order_by("-size").first()
    return (events or 0) > (last.size if last else 0)


def _grow(organisation: Organisation) -> int:
    """Give each new event the next position, and return how many there are.

    What is committed late is appended late: a position that was given is never given again.
    """
    size = TreeLeaf.objects.filter(organisation=organisation).count()
    new = Event.objects.filter(stream__organisation=organisation, leaf=None)
    hashes = list(new.order_by("recorded_at", "stream__name", "sequence").values_list("hash", flat=True))
    leaves = [
        TreeLeaf(event_id=entry, organisation=organisation, position=position)
        for position, entry in enumerate(hashes, start=size)
    ]
    TreeLeaf.objects.bulk_create(leaves, batch_size=_BATCH)
    return size + len(leaves)


def _entries(organisation: Organisation, size: int | None = None) -> Iterator[bytes]:
    """Yield the leaves of the organisation's tree in their order, the first `size` of them."""
    leaves = TreeLeaf.objects.filter(organisation=organisation).order_by("position")[:size]
    return (bytes.fromhex(entry) for entry in leaves.values_list("event_id", flat=True).iterator(_BATCH))


def _signed(organisation: Organisation, tree: Tree, now: datetime) -> Checkpoint:
    public, root = public_key(), tree.root.hex()
    document = canonical_json(
        {
            "format": FORMAT,
            "kind": KIND,
            "organisation": str(organisation.pk),
            "size": tree.size,
            "root": root,
            "made_at": utc_text(now),
            "key": fingerprint(public),
        }
    )
    values = {
        "root": root,
        "made_at": now,
        "document": document,
        "signature": sign(document.encode()),
        "public_key": public,
    }
    # Two that were made over the same events at the same time are one.
    return Checkpoint.objects.get_or_create(organisation=organisation, size=tree.size, defaults=values)[0]


def _proof(tree: Tree, entry: str, position: int) -> Proof:
    return Proof(hash=entry, index=position, path=[node.hex() for node in tree.inclusion_proof(position)])


def _fault_of(checkpoint: Checkpoint, tree: Tree) -> str:
    """Return what is wrong with the checkpoint; empty where nothing is."""
    if not is_signed(checkpoint.document.encode(), checkpoint.signature, checkpoint.public_key):
        return "its signature does not fit what it says"
    said = json.loads(checkpoint.document)
    columns = (str(checkpoint.organisation_id), checkpoint.size, checkpoint.root, fingerprint(checkpoint.public_key))
    if (said["organisation"], said["size"], said["root"], said["key"]) != columns:
        return "its row says something else than what was signed"
    if checkpoint.size > tree.size:
        return f"only {tree.size} events are left"
    if tree.root_of_first(checkpoint.size).hex() != checkpoint.root:
        return "the events that are there now are not those that it was made over"
    return ""
