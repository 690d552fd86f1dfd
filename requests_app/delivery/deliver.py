"""One pass over the outbox: claim, send, write how it ended, one mail at a time."""

import contextlib
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from django.db import connection
from django.utils import timezone

from requests_app.delivery.claims import claim_due, give_up_abandoned, record_and_claim
from requests_app.delivery.holding import hold_back, is_fault_of_settings, what_signs_in
from requests_app.delivery.smtp import Connection, Ended, Fate, Result
from requests_app.models import MailSettings, Organisation, OutgoingMail

# Seconds after which a pass begins no other mail: the next one is due anyway.
LONGEST_PASS = 50


@dataclass
class Passed:
    """How the mails of one pass ended, by their new state, and how many of other workers were given up."""

    states: Counter[str] = field(default_factory=Counter)
    abandoned: int = 0


def deliver_due(longest: float = LONGEST_PASS) -> Passed:
    """Send what is due and return how it ended. Any number of workers may do this at the same time."""
    commit_to_disk()
    passed = Passed(abandoned=give_up_abandoned(timezone.now()))
    end = time.monotonic() + longest
    with contextlib.closing(Postman()) as postman:
        claimed = claim_due(timezone.now(), 1)
        while claimed:
            [mail] = claimed
            result = postman.send(mail)
            another = 1 if time.monotonic() < end else 0
            state, claimed = record_and_claim(mail, result, timezone.now(), another)
            passed.states[state or "taken over"] += 1
    return passed


def commit_to_disk() -> None:
    """Let a claim survive a power cut on SQLite, too: PostgreSQL sees to that by itself."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = FULL")


@dataclass(frozen=True)
class Parcel:
    """What is handed to a server: exact bytes for one recipient, through the server of one organisation."""

    organisation: Organisation
    sender: str
    recipient: str
    content: bytes
    is_automatic: bool


class Postman:
    """Keeps the session with the last organisation's server open for its next mail."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        # What the session was opened with: whoever changes the settings gets another one.
        self._opened_with: tuple[object, ...] | None = None

    def send(self, mail: OutgoingMail) -> Result:
        """Send a claimed mail and return what became of it."""
        content = bytes(mail.message.raw) if mail.message else b""
        return self.post(Parcel(mail.organisation, mail.sender, mail.recipient, content, mail.has_null_sender))

    def post(self, parcel: Parcel) -> Result:
        """Send what the caller has claimed and return what became of it."""
        settings = _settings_of(parcel.organisation)
        if isinstance(settings, Result):
            return settings
        kept = self._connection if what_signs_in(settings) == self._opened_with else None
        result = self._send(parcel, kept, settings)
        if kept and result.fate is Fate.PUT_OFF and not result.code:
            # The server has closed the idle session; it was not this mail's fault.
            result = self._send(parcel, None, settings)
        if is_fault_of_settings(result):
            hold_back(settings, result)
            return replace(result, fate=Fate.PUT_OFF, is_held=True)
        return result

    def _send(self, parcel: Parcel, kept: Connection | None, settings: MailSettings) -> Result:
        if kept is None:
            self.close()
            try:
                kept = Connection.open(settings)
            except Ended as ended:
                return ended.result
        result = kept.send(parcel.sender, parcel.recipient, parcel.content, null_sender=parcel.is_automatic)
        is_open = result.fate is Fate.SENT
        self._connection, self._opened_with = (kept, what_signs_in(settings)) if is_open else (None, None)
        return result

    def close(self) -> None:
        """End the session, if there is one."""
        if self._connection:
            self._connection.close()
        self._connection = self._opened_with = None


def _settings_of(organisation: Organisation) -> MailSettings | Result:
    """Return the settings to send with, or why the mail is refused here."""
    if organisation.is_demo:
        return Result(Fate.REFUSED, "This is demo data: it is never sent.", step="check")
    settings: MailSettings | None = getattr(organisation, "mail_settings", None)
    if settings is None or not settings.can_send:
        return Result(Fate.PUT_OFF, "No mail server is set up any more.", step="check")
    if settings.sending_paused_at:
        return Result(Fate.PUT_OFF, settings.sending_paused_reason, step="check", is_held=True)
    return settings
