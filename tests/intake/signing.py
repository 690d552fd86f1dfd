"""Mail signed with keys of its own, and the records that a domain would publish for them."""

import base64
from functools import lru_cache

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from requests_app.intake.resolver import NoAnswerInTime

KEY, POLICY = "s1._domainkey.slack.com", "_dmarc.slack.com"


@lru_cache
def key_pair(name: str) -> tuple[bytes, str]:
    """Return a private key as PEM, and the record of its public one (RFC 6376); the same for the same name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return private, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def signed(
    raw: bytes, domain: str = "slack.com", *, key: str = "slack", length: bool = False, bits: int = 2048
) -> bytes:
    """Return the mail with a signature of that domain above it."""
    private = key_pair(key)[0]
    header: bytes = dkim.sign(
        raw, b"s1", domain.encode(), private, length=length, canonicalize=(b"relaxed", b"relaxed")
    )
    return header + raw


def records(**more: str) -> dict[str, str]:
    """Return what slack.com publishes; `more` with __ for the dots."""
    return {KEY: key_pair("slack")[1], POLICY: "v=DMARC1; p=reject"} | {
        name.replace("__", "."): value for name, value in more.items()
    }


class Records:
    """A domain name system of a few records that notes what it is asked."""

    def __init__(self, known: dict[str, str], *, is_down: bool = False) -> None:
        self.known, self.is_down = known, is_down
        self.asked: list[str] = []

    def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        if self.is_down:
            raise NoAnswerInTime(name)
        return [self.known[name]] if name in self.known else []
