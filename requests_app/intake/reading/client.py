"""The parent's side of the process that reads mail."""

import atexit
import json
import os
from typing import Any

from requests_app.intake.reading.caps import MOST_BYTES
from requests_app.intake.reading.frames import ATTACHMENT, FOUND, HTML, READ, TOO_MUCH, VERIFY
from requests_app.processes.child import Child, ChildFailed, Limits
from requests_app.processes.client import Client

# Within the 10 seconds that a mail may cost, with one more for what is done about it.
LIMITS = Limits(seconds=9, cpu_seconds=9, megabytes=512, calls=1000)


class MailTooMuch(Exception):
    """The mail exceeds a cap; says which."""


class MailBroken(ChildFailed):
    """The mail cannot be read; says why."""


class MailChild(Child):
    """A running process that reads mail."""

    module = "requests_app.intake.reading.process"
    name = "The process that reads mail"
    work = "Reading"
    thing = "mail"

    def read(self, message: bytes) -> bytes:
        """Return what was asked for. Raises MailTooMuch, MailBroken, ChildTimeout and ChildFailed."""
        reply = self.ask(message)
        if reply[:1] == FOUND:
            return reply[1:]
        reason = reply[1:].decode("utf-8", "replace")
        raise MailTooMuch(reason) if reply[:1] == TOO_MUCH else MailBroken(reason)


class MailClient(Client[MailChild]):
    """Reads through one child at a time."""

    child = MailChild
    harmless = (MailTooMuch,)

    def __init__(self, limits: Limits = LIMITS, command: tuple[str, ...] | None = None) -> None:
        super().__init__(limits, command)


# How many mails are read at the same time, by threads that ask at the same time; the second starts when it is needed.
READERS = 2
_clients = [MailClient() for _ in range(READERS)]
for _client in _clients:
    atexit.register(_client.close)
    # At once, so that a forked process does not hold the pipe open which tells the child that its parent has gone.
    os.register_at_fork(after_in_child=_client.leave_to_the_parent)


def _call(message: bytes) -> bytes:
    """Return what the first reader answers that is free, else the first once it is."""
    client = next((client for client in _clients if not client.is_busy), _clients[0])
    return client.call(lambda child: child.read(message))


def read_mail(raw: bytes) -> dict[str, Any]:
    """Return what reading.mail.read finds, within 10 seconds and 512 MB.

    Raises MailTooMuch for one that exceeds a cap, ChildTimeout and ChildFailed (MailBroken among them) for one that
    cannot be read, and ChildUnavailable where the process does not start.
    """
    if len(raw) > MOST_BYTES:
        raise MailTooMuch("The mail is larger than 25 MB.")
    found: dict[str, Any] = json.loads(_call(READ + raw))
    return found


def read_attachment(raw: bytes, part: int) -> bytes:
    """Return the bytes of an attachment of the mail. Raises what read_mail raises."""
    return _call(ATTACHMENT + part.to_bytes(4, "big") + raw)


def read_html(raw: bytes) -> str:
    """Return the mail's HTML cleaned, empty where it has none. Raises what read_mail raises."""
    return _call(HTML + raw).decode()


def verify_signatures(raw: bytes, keys: dict[str, str]) -> list[str]:
    """Return what reading.signatures.verified finds. Raises what read_mail raises."""
    told = json.dumps(keys).encode("ascii")
    message = VERIFY + len(told).to_bytes(4, "big") + told + raw
    found: list[str] = json.loads(_call(message))
    return found
