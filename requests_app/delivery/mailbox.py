"""A mailbox on an IMAP server, and the only module that imports imap_tools.

imaplib sends what it is given: a line break in a folder's name or a search would begin another command. Nothing with a
control character therefore goes further than this module.
"""

import contextlib
import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError
from imap_tools.utils import encode_folder

from requests_app.models import MailSettings, Tls

SECONDS_TO_ANSWER = 20
SECONDS_IN_ALL = 120
# What imaplib raises over a server that breaks the protocol is not only its own error.
_TROUBLES = (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError, LookupError, TypeError, AttributeError)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,20})")


class MailboxError(Exception):
    """The mailbox cannot be used; says why, without the password."""


@dataclass(frozen=True)
class Account:
    """Where a mailbox is and who opens it."""

    host: str
    port: int
    tls: str
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Account({self.user}@{self.host}:{self.port})"


def account_of(mail: MailSettings) -> Account:
    """Return the mailbox of an organisation that has one."""
    return Account(mail.imap_host, mail.imap_port, mail.imap_tls, mail.imap_user, mail.imap_password)


@contextlib.contextmanager
def open_mailbox(
    account: Account, *, seconds: float = SECONDS_IN_ALL, answer_seconds: float = SECONDS_TO_ANSWER
) -> Iterator["Mailbox"]:
    """Give the mailbox, signed in, for the block; it is shut when the block takes longer than so many seconds.

    Raises MailboxError for whatever the server, the network or an argument makes impossible.
    """
    late = threading.Event()
    clients: list[imaplib.IMAP4] = []
    try:
        _check(account.host, account.user, account.password)
        with _closing_after(clients, seconds, late):
            box = _Box(account, answer_seconds, clients)
            _log_in(box, account)
            yield Mailbox(box)
    except _TROUBLES as error:
        if late.is_set():
            raise MailboxError(f"The mail server took longer than {seconds:g} seconds.") from error
        words = str(error).replace(account.password or "\0", "***")
        raise MailboxError(_CONTROL.sub(" ", words)[:300] or type(error).__name__) from error


class _Watched(imaplib.IMAP4):
    """Tells of itself before it connects: a server may drip its very first line for ever."""

    def __init__(self, clients: list[imaplib.IMAP4], *arguments: Any, **named: Any) -> None:
        clients.append(self)
        super().__init__(*arguments, **named)


class _WatchedTls(_Watched, imaplib.IMAP4_SSL):
    """The same with TLS from the first byte."""


class _Box(BaseMailBox):
    def __init__(self, account: Account, seconds: float, clients: list[imaplib.IMAP4]) -> None:
        self._account, self._seconds, self._clients = account, seconds, clients
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        account, context = self._account, ssl.create_default_context()
        where = {"host": account.host, "port": account.port, "timeout": self._seconds}
        if account.tls == Tls.TLS:
            return _WatchedTls(self._clients, **where, ssl_context=context)
        client = _Watched(self._clients, **where)
        if account.tls == Tls.STARTTLS:
            _done(client.starttls(context))
        return client


def _log_in(box: Any, account: Account) -> None:
    plain = account.user.isascii() and account.password.isascii()
    log_in = box.login if plain else box.login_utf8
    log_in(account.user, account.password, initial_folder=None)


@contextlib.contextmanager
def _closing_after(clients: list[imaplib.IMAP4], seconds: float, late: threading.Event) -> Iterator[None]:
    """Sign out after the block; cut the connection when it takes too long, however slowly bytes go on coming."""

    def cut() -> None:
        late.set()
        for client in clients:
            with contextlib.suppress(OSError, AttributeError):  # not connected yet, or not any more
                client.socket().shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        for client in clients:
            with contextlib.suppress(*_TROUBLES):
                client.logout()
            with contextlib.suppress(*_TROUBLES):
                client.shutdown()
        timer.cancel()


class Mailbox:
    """An open mailbox; every method raises MailboxError from the block of open_mailbox."""

    def __init__(self, box: Any) -> None:
        self._box = box

    def select(self, folder: str, *, writing: bool = False) -> tuple[int, list[int]]:
        """Open the folder and return its UIDVALIDITY and the UIDs in it (RFC 3501, 2.3.1.1)."""
        _check(folder)
        self._box.folder.set(folder, readonly=not writing)
        validity = int(self._box.client.response("UIDVALIDITY")[1][0])
        found = _done(self._box.client.uid("SEARCH", "ALL"))
        return validity, [int(uid) for uid in (found[0] or b"").split()]

    def size(self, uid: int) -> int:
        """Return how many bytes the mail has, as the server says."""
        found = _SIZE.search(b" ".join(_flat(_done(self._box.client.uid("FETCH", str(int(uid)), "(RFC822.SIZE)")))))
        if not found:
            raise ValueError(f"The server does not say how large mail {uid} is.")
        return int(found[1])

    def fetch(self, uid: int, most: int, *, headers: bool = False) -> bytes:
        """Return up to `most` bytes of the mail, or of its headers; it stays unread if it was."""
        what = f"(BODY.PEEK[{'HEADER' if headers else ''}]<0.{int(most)}>)"
        for piece in _done(self._box.client.uid("FETCH", str(int(uid)), what)):
            if isinstance(piece, tuple):
                return bytes(piece[1])[:most]
        raise ValueError(f"The server does not give mail {uid}.")

    def move(self, uid: int, folder: str) -> None:
        """Move the mail to the folder, or copy it there and remove this one mail where the server cannot move.

        A server that has neither MOVE (RFC 6851) nor UIDPLUS (RFC 4315) keeps it: EXPUNGE would remove others, too.
        """
        _check(folder)
        client, number = self._box.client, str(int(uid))
        # Asked again: what a server says before somebody has signed in lacks most of it.
        can = b" ".join(_flat(_done(client.capability()))).upper().split()
        if b"MOVE" in can:
            _done(client.uid("MOVE", number, encode_folder(folder)))
        elif b"UIDPLUS" in can:
            _done(client.uid("COPY", number, encode_folder(folder)))
            _done(client.uid("STORE", number, "+FLAGS", r"(\Deleted)"))
            _done(client.uid("EXPUNGE", number))

    def has_mail(self, folder: str, mail_id: str) -> bool:
        """Return whether the folder has a mail of this Message-ID."""
        _check(folder, mail_id)
        if '"' in mail_id or "\\" in mail_id or not mail_id.isascii():
            raise ValueError("That is no Message-ID of ours.")
        self._box.folder.set(folder, readonly=True)
        found = _done(self._box.client.uid("SEARCH", "HEADER", "Message-ID", f'"{mail_id}"'))
        return bool((found[0] or b"").split())


def _check(*texts: str) -> None:
    """Raise ValueError for a text that could be more than one word of one command."""
    for text in texts:
        if _CONTROL.search(text):
            raise ValueError("A name for the mail server contains a control character, so it was not sent.")


def _done(result: tuple[str, list[Any]]) -> list[Any]:
    """Return what the server gave. Raises ValueError where it refused."""
    status, data = result
    if status != "OK":
        raise ValueError(f"The mail server refused: {b' '.join(_flat(data)).decode('utf-8', 'replace')[:200]}")
    return data


def _flat(data: list[Any]) -> list[bytes]:
    return [part for piece in data for part in (piece if isinstance(piece, tuple) else (piece,)) if part]
