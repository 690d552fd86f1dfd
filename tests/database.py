"""Test cases that commit, on a database whose triggers refuse to delete history."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DataError, connection, transaction
from django.test import TransactionTestCase


def stored(write: Callable[[], object], text: str) -> bool:
    """Make the write and return True; False where PostgreSQL itself refuses the NUL in the text.

    Any other refusal fails the test: it would hide what the product does with the text.
    """
    try:
        with transaction.atomic():
            write()
    except DataError:
        assert connection.vendor == "postgresql"
        assert "\0" in text
        return False
    return True


@contextmanager
def triggers_off() -> Iterator[None]:
    """Let history be changed inside the block, as somebody with full power over the database could."""
    if connection.vendor == "postgresql":
        with _replica_role():
            yield
    else:
        with _dropped_triggers():
            yield


@contextmanager
def _replica_role() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = DEFAULT")


@contextmanager
def _dropped_triggers() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for _, sql in triggers:
                cursor.execute(sql)


class HistoryTransactionTestCase(TransactionTestCase):
    """A TransactionTestCase whose tables, the event log among them, are emptied after each test."""

    def _fixture_teardown(self) -> None:
        with triggers_off():
            super()._fixture_teardown()  # type: ignore[misc]  # private to Django, so the stubs leave it out
