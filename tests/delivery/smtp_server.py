"""A real SMTP server on a free loopback port, which can be told to refuse or to hang up at any step."""

import asyncio
import contextlib
import email
import email.policy
import random
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.processes import free_port

USER, PASSWORD = "acme", "canary-7f3a1c"
RESET = "reset"


class Mailbox:
    """What the server took: (sender, recipients, bytes) of each mail, in order."""

    def __init__(self, delay: float = 0) -> None:
        self.delay = delay
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.sessions = 0
        self._lock = threading.Lock()

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take the mail, unless the server is told to do otherwise at the final dot."""
        fault = getattr(server, "faults", {}).get("dot")
        if fault and fault != RESET:
            return str(fault)
        if self.delay:
            await asyncio.sleep(random.uniform(0, self.delay))
        content = envelope.original_content or b""
        with self._lock:
            self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), content))
        if self.delay:
            await asyncio.sleep(random.uniform(0, self.delay))
        if fault == RESET:
            _reset(server)
        return "250 2.0.0 taken as 4711"

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails, parsed."""
        policy = email.policy.default.clone(utf8=False)
        return [email.message_from_bytes(content, policy=policy) for _sender, _to, content in self.taken]

    @property
    def ids(self) -> list[str]:
        """The Message-ID of each mail."""
        return [str(mail["Message-ID"]) for mail in self.mails]


def _reset(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


class FaultyServer(SMTP):
    """Answers as told at one step: with a reply such as "451 later", or by resetting the connection."""

    faults: dict[str, str]

    async def _fault(self, step: str) -> bool:
        fault = self.faults.get(step)
        if fault == RESET:
            _reset(self)
        elif fault:
            await super().push(fault)
        return bool(fault)

    async def push(self, status: Any) -> None:
        if str(status).startswith("220 ") and "connect" in self.faults and self.session and not self.session.host_name:
            await self._fault("connect")
            return
        await super().push(status)

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._fault("ehlo"):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if not await self._fault("ehlo"):
            await super().smtp_HELO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._fault("starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._fault("auth"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        refused = "null" if arg and "<>" in arg and "null" in self.faults else "mail"
        if not await self._fault(refused):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self._fault("rcpt"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if "body" in self.faults:
            await super().push("354 go on")
            _reset(self)
        elif not await self._fault("data"):
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not await self._fault("quit"):
            await super().smtp_QUIT(arg)


class _Controller(Controller):
    def __init__(self, mailbox: Mailbox, faults: dict[str, str], **more: Any) -> None:
        self.faults = faults
        super().__init__(mailbox, hostname="127.0.0.1", port=free_port(), **more)

    def factory(self) -> SMTP:
        self.handler.sessions += 1
        server = FaultyServer(self.handler, **self.SMTP_kwargs)
        server.faults = self.faults
        return server


def _knows(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


@contextlib.contextmanager
def smtp_server(
    faults: dict[str, str] | None = None, *, delay: float = 0, tls: str = "none", auth: bool = False
) -> Iterator[tuple[int, Mailbox]]:
    """Serve for the block; yield the port and what is taken. tls is none, starttls or tls."""
    mailbox = Mailbox(delay)
    more: dict[str, Any] = {"ssl_context" if tls == "tls" else "tls_context": server_context()} if tls != "none" else {}
    if auth:
        more |= {"authenticator": _knows, "auth_required": tls == "starttls", "auth_require_tls": tls == "starttls"}
    controller = _Controller(mailbox, faults or {}, **more)
    # aiosmtpd looks whether it answers by connecting: it must not meet a fault then.
    faulty, controller.faults = controller.faults, {}
    controller.start()
    time.sleep(0.01)
    controller.faults, mailbox.sessions = faulty, 0
    try:
        yield controller.port, mailbox
    finally:
        controller.stop()


class _Authority:
    """A throwaway certificate authority, and a certificate of it for 127.0.0.1."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="optout-ca-")
        self.file = Path(self.folder.name) / "ca.pem"
        self.server = Path(self.folder.name) / "server.pem"
        key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throwaway CA")])
        authority = _certificate(name, name, key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.file.write_bytes(authority.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        certificate = _certificate(subject, name, server_key.public_key()).add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        self.server.write_bytes(
            certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
            + server_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def _certificate(subject: x509.Name, issuer: x509.Name, key: Any) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


AUTHORITY = _Authority()


def server_context() -> ssl.SSLContext:
    """Return what a server of that authority presents."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(AUTHORITY.server)
    return context
