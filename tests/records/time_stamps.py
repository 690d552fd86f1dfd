"""A time-stamping service (RFC 3161) in this process, with a certificate of its own."""

import datetime
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.test import override_settings
from pyhanko.sign.timestamps import DummyTimeStamper


def new_time_stamper() -> DummyTimeStamper:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example time stamps")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.DER
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(encoding)), keys.PrivateKeyInfo.load(private)
    )


class Answering(BaseHTTPRequestHandler):
    """Answers each request as the service is told to."""

    server: "Service"

    def do_POST(self) -> None:
        request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked += 1
        content = self.server.answer(request)
        self.send_response(200)
        self.send_header("Content-Type", self.server.media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Service(ThreadingHTTPServer):
    """A time-stamping service on loopback."""

    media_type = "application/timestamp-reply"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.stamper, self.asked = new_time_stamper(), 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def answer(self, request: tsp.TimeStampReq) -> bytes:
        """Return the answer to a request."""
        return bytes(self.stamper.request_tsa_response(request).dump())


class OfSomethingElse(Service):
    """Stamps another digest than the one that it was asked to."""

    def answer(self, request: tsp.TimeStampReq) -> bytes:
        request["message_imprint"]["hashed_message"] = bytes(32)
        return super().answer(request)


class Babbling(Service):
    """Answers with what is no time stamp."""

    def answer(self, request: tsp.TimeStampReq) -> bytes:
        return b"\x30\x03hello"


class WithBrokenCertificate(Service):
    """Answers with a time stamp in whose certificate a length is wrong."""

    def answer(self, request: tsp.TimeStampReq) -> bytes:
        whole = self.stamper.tsa_cert.dump()
        issuer = self.stamper.tsa_cert.issuer.dump()
        broken = whole.replace(issuer, issuer[:1] + b"\x8f" + issuer[2:])
        return super().answer(request).replace(whole, broken)


class Page(Service):
    """Answers with a page, as a proxy may."""

    media_type = "text/html"


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Have TSA_URL name that service."""
    thread = threading.Thread(target=service.serve_forever, args=(0.01,))
    thread.start()
    try:
        with override_settings(TSA_URL=service.url):
            yield service
    finally:
        service.shutdown()
        thread.join()
        service.server_close()
