"""The child process that reads mail; client.py starts it. Needs no Django.

A request is R and the mail; A, the number of the attachment in four bytes, and the mail; H and the mail; or V, the
length of the keys in four bytes, the keys as JSON, and the mail.
"""

import json
import logging
import sys

from requests_app.intake.reading import mail, signatures
from requests_app.intake.reading.caps import TooMuch
from requests_app.intake.reading.frames import ATTACHMENT, BROKEN, FOUND, HTML, TOO_MUCH, VERIFY
from requests_app.processes.serving import Answer, serve_within_limits


def answer(message: bytes) -> bytes:
    """Return what was asked for, or why not.

    What a mail can provoke in Python's email package is not foreseeable, and each must reach the parent as an answer.
    """
    try:
        return FOUND + _found(message)
    except TooMuch as error:
        return TOO_MUCH + str(error).encode("utf-8", "backslashreplace")
    except Exception as error:  # noqa: BLE001 see above
        return BROKEN + f"{type(error).__name__}: {str(error)[:300]}".encode("utf-8", "backslashreplace")


def _found(message: bytes) -> bytes:
    number = int.from_bytes(message[1:5], "big")
    if message[:1] == ATTACHMENT:
        return mail.part_of(message[5:], number)
    if message[:1] == HTML:
        return mail.html_of(message[1:]).encode()
    if message[:1] == VERIFY:
        keys = json.loads(message[5 : 5 + number])
        return json.dumps(signatures.verified(message[5 + number :], keys)).encode("ascii")
    return json.dumps(mail.read(message[1:])).encode("ascii")


def load() -> Answer:
    """Return what answers."""
    logging.disable(logging.CRITICAL)
    return answer


if __name__ == "__main__":
    serve_within_limits(load, int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
