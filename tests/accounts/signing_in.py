"""What tests of accounts have in common."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

from django.core.cache import cache
from django.test import Client

from tests.people import PeopleTestCase

PASSWORD = "correct horse battery"


def totp(secret: str, steps: int = 0) -> str:
    """Return the code of RFC 6238 that an app shows now, or so many steps of 30 seconds from now."""
    counter = int(time.time()) // 30 + steps
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password})


class AccountsTestCase(PeopleTestCase):
    """The people sign in with the form; what was counted before is forgotten."""

    def setUp(self) -> None:
        cache.clear()

    def as_owner(self) -> None:
        assert sign_in(self.client, self.owner.email).status_code == 302
