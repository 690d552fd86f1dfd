"""The originals of a record: every message and every file of evidence, read back and held against its hash."""

import datetime
import email
import email.policy
import hashlib
import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from requests_app.delivery.file_kinds import GIF, JPEG, PNG, WEBP, is_cut_off
from requests_app.intake.incoming import Incoming, incoming_of
from requests_app.models import Evidence, Message, OptOutRequest
from requests_app.models.event_format import utc_text

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80
_LONGEST_TEXT = 20_000
_PICTURES = (PNG, JPEG, GIF, WEBP)


class RecordBroken(Exception):
    """A record that cannot be made; says which file is not what was kept."""


@dataclass(frozen=True)
class File:
    """An original: `name` is its own in the record, `row` what record.json says about it."""

    kind: str
    name: str
    content: bytes
    media_type: str
    added_at: datetime.datetime
    row: dict[str, Any]

    @property
    def is_picture(self) -> bool:
        """Whether it may be shown on the page; half a picture would look as if something were blacked out."""
        is_picture = self.kind == "evidence" and self.media_type in _PICTURES
        return is_picture and not is_cut_off(self.media_type, self.content)


def files_of(opt_out_request: OptOutRequest, zone: ZoneInfo) -> list[File]:
    """Return the messages, then the evidence, each oldest first. Raises RecordBroken."""
    mails = {one.mail.message_id: one for one in incoming_of(opt_out_request)}
    messages = opt_out_request.messages.select_related("recorded_by", "outgoing_mail").order_by("pk")
    evidence = list(opt_out_request.evidence.select_related("added_by", "superseded_by").order_by("pk"))
    names = {row.pk: f"evidence-{number:03}-{_safe(row.name)}" for number, row in enumerate(evidence, 1)}
    return [
        *(_message(number, row, mails.get(row.pk), zone) for number, row in enumerate(messages, 1)),
        *(_evidence(row, names, zone) for row in evidence),
    ]


def _message(number: int, message: Message, incoming: Incoming | None, zone: ZoneInfo) -> File:
    content = bytes(message.raw)
    name = f"message-{number:03}-{_safe(message.name)}"
    row = {
        "file": name,
        "name": message.name,
        "direction": message.direction,
        "media_type": message.media_type,
        "size": len(content),
        "sha256": _checked(content, message.sha256, message.name),
        "recorded_at": utc_text(message.recorded_at),
        "at": _local(message.recorded_at, zone),
        "by": str(message.recorded_by or ""),
    }
    row |= _received(incoming, zone) if incoming else _sent(message, content, zone)
    return File("message", name, content, _plain(message.media_type), message.recorded_at, row)


def _received(one: Incoming, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "received": {
            "from": one.sender,
            "subject": one.subject,
            "at": _local(one.mail.received_at, zone),
            "received_at": utc_text(one.mail.received_at),
            "text": one.text,
            "is_cut": one.is_cut,
            "attachments": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in one.attachments],
            "authenticity": one.mail.authenticity,
        }
    }


def _sent(message: Message, content: bytes, zone: ZoneInfo) -> dict[str, Any]:
    mail = getattr(message, "outgoing_mail", None)
    if mail is None:
        return {}
    return {
        "sent": {
            "message_id": mail.mail_id,
            "purpose": mail.purpose,
            "from": mail.sender,
            "to": mail.recipient,
            "subject": mail.subject,
            "state": mail.state,
            "attempts": mail.attempts,
            "server_said": mail.reply,
            "at": _local(mail.ended_at, zone) if mail.ended_at else "",
            "ended_at": utc_text(mail.ended_at) if mail.ended_at else "",
            "text": _text_of(content),
        }
    }


def _text_of(content: bytes) -> str:
    """Return the words of a mail that we wrote ourselves."""
    body = email.message_from_bytes(content, policy=email.policy.default).get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n").strip("\n")[:_LONGEST_TEXT] if body else ""


def _evidence(evidence: Evidence, names: dict[int, str], zone: ZoneInfo) -> File:
    name = names[evidence.pk]
    try:
        with evidence.file.open("rb") as file:
            content: bytes = file.read()
    except OSError as error:
        raise RecordBroken(f"{evidence.name} cannot be read: {error.strerror}. Restore it from the backup.") from error
    row = {
        "file": name,
        "name": evidence.name,
        "description": evidence.description,
        "media_type": evidence.media_type,
        "size": len(content),
        "sha256": _checked(content, evidence.sha256, evidence.name),
        "added_at": utc_text(evidence.added_at),
        "at": _local(evidence.added_at, zone),
        "by": str(evidence.added_by or ""),
        "supersedes": names.get(evidence.supersedes_id or 0, ""),
        "superseded_by": names[evidence.superseded_by.pk] if evidence.is_superseded else "",
    }
    return File("evidence", name, content, _plain(evidence.media_type), evidence.added_at, row)


def _checked(content: bytes, sha256: str, name: str) -> str:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RecordBroken(f"{name} is not what was kept: its SHA-256 differs. Restore it from the backup.")
    return sha256


def _safe(name: str) -> str:
    """Return the name in characters that are safe on every system, with its suffix."""
    plain = _UNSAFE.sub("_", name).strip("._") or "file"
    stem, dot, suffix = plain.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{suffix[:12]}" if stem else plain[:_LONGEST_NAME]


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower() or "application/octet-stream"


def _local(moment: datetime.datetime, zone: ZoneInfo) -> str:
    at = moment.astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M} {at.tzname()}"
