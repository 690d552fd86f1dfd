"""A real HTTPS server on a free loopback port, with a certificate of the throwaway authority."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.delivery.smtp_server import AUTHORITY, server_context

AUTHORITY_FILE = str(AUTHORITY.file)


class Receiver(ThreadingHTTPServer):
    """Answers each POST with the status that stands in the path, such as /410; keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.socket = server_context().wrap_socket(self.socket, server_side=True)
        self.taken: list[tuple[str, dict[str, str], bytes]] = []

    def url(self, path: str = "/200") -> str:
        return f"https://127.0.0.1:{self.server_address[1]}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a client that hung up."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
        if self.path == "/hang-up":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.path == "/drip":
            self._drip()
            return
        self.send_response(int(self.path.strip("/")))
        if self.path == "/302":
            self.send_header("Location", self.server.url("/200"))
        self.end_headers()
        self.wfile.write(b"x" * 100_000 if self.path == "/201" else b"ok\x00")

    def _drip(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"H")
                time.sleep(0.1)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
