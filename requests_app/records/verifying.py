"""Verification of what somebody brings, in a process of its own under limits: a PDF can be built to cost anything.

The child's side needs no Django.
"""

import atexit
import io
import json
import os
import sys

from requests_app.processes.child import Child, ChildFailed, ChildTimeout, Limits
from requests_app.processes.client import Client
from requests_app.processes.serving import Answer, serve_within_limits
from requests_app.records.pack_verification import verify_file
from requests_app.records.verification import MOST_BYTES, Verdict

# What is verified within these limits also on a slow machine.
MOST_RECORDS = 200
LIMITS = Limits(seconds=30, cpu_seconds=30, megabytes=1024, calls=200)
_LENGTH = 4


class VerifyChild(Child):
    """A running process that verifies records."""

    module = "requests_app.records.verifying"
    name = "The process that verifies records"
    work = "Verifying"
    thing = "record"


class VerifyClient(Client[VerifyChild]):
    """Verifies through one child at a time."""

    child = VerifyChild

    def __init__(self, limits: Limits = LIMITS, command: tuple[str, ...] | None = None) -> None:
        super().__init__(limits, command)


_client = VerifyClient()
atexit.register(_client.close)
# At once, so that a forked process does not hold the pipe open which tells the child that its parent has gone.
os.register_at_fork(after_in_child=_client.leave_to_the_parent)


def verify_upload(content: bytes, trusted: bytes | None = None) -> Verdict:
    """Return the verdict over a record or a pack of up to 200, within 30 seconds and 1 GB.

    What takes more is no record of ours, and a larger pack is for the command line.

    Raises ChildUnavailable where the process does not start.
    """
    if len(content) > MOST_BYTES:
        return Verdict(fault="The file is larger than 50 MB. Run: manage.py verify_record FILE")
    trust = trusted or b""
    message = len(trust).to_bytes(_LENGTH, "big") + trust + content
    try:
        found = json.loads(_client.call(lambda child: child.ask(message)))
    except (ChildFailed, ChildTimeout) as error:
        return Verdict(fault=f"The file cannot be read: {error}")
    return Verdict(found["checks"], found["fault"])


def answer(message: bytes) -> bytes:
    """Return the verdict over one message as JSON."""
    end = _LENGTH + int.from_bytes(message[:_LENGTH], "big")
    verdict = verify_file(io.BytesIO(message[end:]), message[_LENGTH:end] or None, MOST_RECORDS)
    return json.dumps({"checks": verdict.checks, "fault": verdict.fault}).encode("ascii")


def load() -> Answer:
    """Return what answers."""
    return answer


if __name__ == "__main__":
    serve_within_limits(load, int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
