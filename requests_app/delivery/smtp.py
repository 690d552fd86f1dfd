"""SMTP (RFC 5321): one mail to one recipient, and exactly what is known about it afterwards.

The body and the final dot are sent apart: what fails before the dot was certainly not taken, and what fails between
the dot and the server's answer is in doubt.
"""

import contextlib
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from enum import Enum
from typing import Self

from requests_app.catalogue.email_address import AddressError, ascii_address
from requests_app.models import MailSettings, Tls

# Seconds. RFC 5321 section 4.5.3.2 allows minutes for each step; only the answer to a whole message takes long.
PATIENCE, PATIENCE_AFTER_THE_DOT = 30, 300
LONGEST_REPLY = 1000
_DOT_FIRST = re.compile(rb"^\.", re.MULTILINE)
_UNPRINTABLE = re.compile(r"[^\S\n]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class Fate(Enum):
    """What became of a mail in one attempt."""

    SENT = "sent"
    PUT_OFF = "put off"
    REFUSED = "refused"
    IN_DOUBT = "in doubt"


@dataclass(frozen=True)
class Result:
    """The fate, the step at which the attempt ended, and the server's own words or what went wrong; code 0: none.

    What is held was put off through no fault of its own: the attempt does not count.
    """

    fate: Fate
    text: str = ""
    code: int = 0
    step: str = ""
    is_held: bool = False


class Ended(Exception):
    """An attempt ended before the mail was handed to the server."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.text)
        self.result = result


class Connection:
    """One session with a server, for any number of mails; open() and send() say how they ended."""

    def __init__(self, smtp: smtplib.SMTP, patience: float) -> None:
        self._smtp = smtp
        self._patience = patience

    @classmethod
    def open(cls, mail: MailSettings, *, patience: float = 0) -> Self:
        """Return a session that is encrypted and signed in as the settings say. Raises Ended.

        `patience` is for each step, in seconds; PATIENCE unless it is given.
        """
        patience = patience or PATIENCE
        smtp: smtplib.SMTP | None = None
        step = "connect"
        try:
            smtp = _connected(mail, patience)
            _without_delay(smtp)
            step = "ehlo"
            smtp.ehlo_or_helo_if_needed()
            if mail.smtp_tls == Tls.STARTTLS:
                step = "starttls"
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo_or_helo_if_needed()
            if mail.smtp_user:
                step = "auth"
                smtp.login(mail.smtp_user, mail.smtp_password)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            _hang_up(smtp)
            raise Ended(_result_of(error, step)) from None  # the error may hold the password
        return cls(smtp, patience)

    def send(self, sender: str, recipient: str, content: bytes, *, null_sender: bool = False) -> Result:
        """Send the mail and return what became of it; after anything but SENT the session is over.

        With null_sender, nobody is told when it bounces (RFC 3834 section 3.3), where the server allows that.
        """
        try:
            self._hand_over(ascii_address(sender), ascii_address(recipient), content, null_sender=null_sender)
        except Ended as ended:
            self.close()
            return ended.result
        except AddressError as error:
            return Result(Fate.REFUSED, str(error), step="address")
        return self._end_of_data()

    def _hand_over(self, sender: str, recipient: str, content: bytes, *, null_sender: bool) -> None:
        """Do everything up to the final dot. Raises Ended."""
        step = "mail"
        try:
            code, text = self._smtp.mail("" if null_sender else sender)
            if null_sender and code >= 500:
                self._smtp.rset()
                code, text = self._smtp.mail(sender)
            _go_on(code, text, step, 250)
            step = "rcpt"
            _go_on(*self._smtp.rcpt(recipient), step, 250, 251)
            step = "data"
            _go_on(*self._smtp.docmd("DATA"), step, 354)
            step = "body"
            self._smtp.send(stuffed(content))
        except (OSError, smtplib.SMTPException) as error:
            raise Ended(_put_off(error, step)) from error

    def _end_of_data(self) -> Result:
        try:
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(PATIENCE_AFTER_THE_DOT)
            self._smtp.send(b".\r\n")
            code, text = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Result(Fate.IN_DOUBT, readable(str(error)), step="dot")
        fate = _fate_of(code, after_the_dot=True)
        if fate is not Fate.SENT:
            self.close()
        elif self._smtp.sock is not None:
            self._smtp.sock.settimeout(self._patience)
        return Result(fate, f"{code} {readable(text)}", code, "dot")

    def close(self) -> None:
        """Say goodbye; how the server takes it does not matter any more."""
        _hang_up(self._smtp)


def _connected(mail: MailSettings, patience: float) -> smtplib.SMTP:
    own_name = ascii_address(mail.from_address).rpartition("@")[2]
    if mail.smtp_tls == Tls.TLS:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.smtp_host, mail.smtp_port, own_name, timeout=patience, context=context)
    return smtplib.SMTP(mail.smtp_host, mail.smtp_port, own_name, timeout=patience)


def _without_delay(smtp: smtplib.SMTP) -> None:
    """Let the final dot leave at once: it would wait for the body to be acknowledged (RFC 896), often 40 ms."""
    if smtp.sock is not None:
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _hang_up(smtp: smtplib.SMTP | None) -> None:
    if smtp is None:
        return
    with contextlib.suppress(OSError, smtplib.SMTPException):
        if smtp.sock is not None:
            smtp.sock.settimeout(5)
        smtp.quit()
    smtp.close()


def stuffed(content: bytes) -> bytes:
    """Return the mail with the dots doubled that begin a line (RFC 5321 section 4.5.2), ending with a line break."""
    text = _DOT_FIRST.sub(b"..", content)
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def readable(reply: bytes | str) -> str:
    """Return what a server said as text of a few lines, without control characters."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return _UNPRINTABLE.sub(" ", text).strip()[: LONGEST_REPLY - 10]


def _go_on(code: int, text: bytes, step: str, *wanted: int) -> None:
    if code not in wanted:
        raise Ended(Result(_fate_of(code), f"{code} {readable(text)}", code, step))


def _fate_of(code: int, *, after_the_dot: bool = False) -> Fate:
    """Return what a reply code says; one that is none of SMTP's says nothing about a message that was handed over."""
    if after_the_dot and 200 <= code < 300:
        return Fate.SENT
    if 500 <= code < 600:
        return Fate.REFUSED
    return Fate.IN_DOUBT if after_the_dot and not 400 <= code < 500 else Fate.PUT_OFF


def _put_off(error: Exception, step: str) -> Result:
    # The system's own words, without its number: "Connection refused".
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Result(Fate.PUT_OFF, readable(text or type(error).__name__), step=step)


def _result_of(error: Exception, step: str) -> Result:
    """Return what an error means that came before any mail: the server's own code, else what went wrong."""
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        return Result(_fate_of(code), f"{code} {readable(error.smtp_error)}", code, step)
    if isinstance(error, (smtplib.SMTPNotSupportedError, UnicodeEncodeError, AddressError)):
        text = "" if isinstance(error, UnicodeEncodeError) else str(error)
        return Result(Fate.REFUSED, readable(text) or "The password has characters that SMTP cannot carry.", step=step)
    return _put_off(error, step)
