"""How an event becomes bytes and a hash: version 1 of the format in docs/event-log.md.

Nothing here may change once events exist. Another way of writing them gets another number and stands beside this one.
"""

import datetime
import hashlib
import re
import secrets
from typing import TypedDict

import rfc8785

FORMAT = 1
NO_HASH = "0" * 64  # what stands before the first event of a stream
PERSONAL = "personal"  # the key of detail that holds the commitments
MAX_INTEGER = 2**53 - 1  # RFC 8785 writes numbers as IEEE 754 doubles, which count exactly no further
MAX_DEPTH = 16
# PostgreSQL cannot store NUL; UTF-8 cannot write half of a surrogate pair.
NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


class EventValueError(ValueError):
    """A value that cannot be written into an event in the same bytes on every database."""


class StreamDocument(TypedDict):
    """The part of an event's document that names its stream."""

    id: str
    kind: str
    name: str
    organisation: str


class EventDocument(TypedDict):
    """Everything that the hash of an event covers; the hash itself stands outside."""

    action: str
    actor: str
    detail: object
    evidence: object
    format: int
    occurred_at: str
    previous_hash: str
    recorded_at: str
    sequence: int
    software_version: str
    source: str
    stream: StreamDocument
    subject: dict[str, str]


def canonical_json(value: object, name: str = "value") -> str:
    """Return `value` in RFC 8785 canonical form; EventValueError names the place of what cannot be written.

    Allowed are objects with text keys, lists, text, whole numbers up to 2^53 - 1, true, false and null. A number with a
    decimal point is refused: 1.0 and 1 have one canonical form, so two values would share a hash.
    """
    _check(value, name, MAX_DEPTH)
    return rfc8785.dumps(value).decode()  # type: ignore[arg-type]  # checked above


def _check(value: object, name: str, depth: int) -> None:
    if depth < 0:
        raise EventValueError(f"{name}: nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        _check_text(value, name)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise EventValueError(f"{name}: the key {key!r} is not text.")
            _check_text(key, f"{name}, key {key!r}")
            _check(item, f"{name}.{key}", depth - 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, f"{name}[{index}]", depth - 1)
    else:
        _check_scalar(value, name)


def _check_text(text: str, name: str) -> None:
    found = NOT_STORABLE.search(text)
    if found:
        fault = "a NUL character" if found[0] == "\0" else "a lone surrogate, which is no character"
        raise EventValueError(f"{name}: holds {fault}.")


def _check_scalar(value: object, name: str) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, float):
        raise EventValueError(f"{name}: {value!r} is a number with a decimal point; write it as text.")
    if not isinstance(value, int):
        raise EventValueError(f"{name}: {type(value).__name__} is not a JSON value; write it as text.")
    if abs(value) > MAX_INTEGER:
        raise EventValueError(f"{name}: {value} is beyond 2^53 - 1; write it as text.")


def utc_text(moment: datetime.datetime) -> str:
    """Return an aware moment in UTC as 2026-11-24T07:15:00.000000Z, always 27 characters."""
    if moment.tzinfo is None:
        raise EventValueError(f"{moment!r} has no time zone.")
    return moment.astimezone(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def event_hash(document: EventDocument) -> str:
    """Return the SHA-256 of the document's canonical form, as 64 small hexadecimal digits."""
    return hashlib.sha256(canonical_json(document, "event").encode()).hexdigest()


def new_salt() -> str:
    """Return 32 random bytes as 64 small hexadecimal digits."""
    return secrets.token_hex(32)


def commitment(salt: str, value: str) -> str:
    """Return SHA-256(salt's 32 bytes, then `value`, which is canonical JSON), as hexadecimal digits."""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()
