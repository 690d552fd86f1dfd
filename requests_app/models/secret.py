"""Secrets in the database: encrypted with a key of their own, which no backup of the database holds."""

from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class Secret(str):
    """A text that is a password: printing it by its repr, as tracebacks and debuggers do, shows nothing of it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret()"


class SecretUnreadable(ImproperlyConfigured):
    """A secret was encrypted with another key than those that are set."""


def cipher(keys: Sequence[str]) -> MultiFernet:
    """Return what encrypts with the first key and decrypts with any of them, so that a key can be changed."""
    return MultiFernet([Fernet(key) for key in keys])


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # takes none when it runs
    """Text that stands encrypted in the database and comes out as a Secret; empty stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        """Return the text encrypted, each time with other bytes: such a column cannot be searched."""
        return cipher(settings.FIELD_KEYS).encrypt(str(value).encode()).decode("ascii") if value else ""

    def from_db_value(self, value: str | None, _expression: object, _connection: BaseDatabaseWrapper) -> Secret:
        """Return the text. Raises SecretUnreadable when none of the keys fits."""
        if not value:
            return Secret()
        try:
            return Secret(cipher(settings.FIELD_KEYS).decrypt(value).decode())
        except InvalidToken as error:
            raise SecretUnreadable(
                "A password in the database was encrypted with another key. Set FIELD_KEY to the one of that time, or "
                "put back the file field_key in DATA_DIR from the backup."
            ) from error
