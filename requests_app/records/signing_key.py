"""The installation's own key: it signs checkpoints, and whoever has its public half can check them."""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


def sign(content: bytes) -> str:
    """Return the Ed25519 signature (RFC 8032) of these bytes as 128 hexadecimal digits."""
    return _private_key().sign(content).hex()


def public_key() -> str:
    """Return the public key as 64 hexadecimal digits."""
    return _private_key().public_key().public_bytes_raw().hex()


def fingerprint(public: str) -> str:
    """Return what names a public key: the SHA-256 of its 32 bytes, as hexadecimal digits."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()


def is_signed(content: bytes, signature: str, public: str) -> bool:
    """Return whether the signature of these bytes was made with the key of which this is the public half."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(settings.SIGNING_KEY))
