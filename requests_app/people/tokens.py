"""Links that only their holder knows: 256 random bits, of which the database keeps the SHA-256."""

import hashlib
import secrets


def new_token() -> str:
    """Return the part of a new link that cannot be guessed: 43 letters, digits, - and _."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the SHA-256 in hexadecimal digits.

    The token itself has 256 bits, so neither salt nor stretching would add anything; and because the database looks
    for the hash, how long that takes tells nothing about a token.
    """
    return hashlib.sha256(token.encode()).hexdigest()
