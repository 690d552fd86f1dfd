"""A real IMAP server, Debian's Dovecot, on a free loopback port and without any privilege; and two that are broken."""

import contextlib
import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.processes import free_port, wait_for

USER, PASSWORD = "replies", "canary-2c9e4d"
PROGRAM = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))

CONFIGURATION = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """The server; `client` gives a plain connection to look at what is in it."""

    def __init__(self) -> None:
        assert PROGRAM, "Dovecot is not there. Run: apt-get install -y dovecot-imapd"
        # Below /tmp, since the path of a UNIX socket has 107 characters at most.
        self.folder = Path(tempfile.mkdtemp(prefix="optout-imap-", dir="/tmp"))
        self.port = free_port()
        user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        os.chmod(self.folder, 0o777)
        configuration = self.folder / "dovecot.conf"
        values = {"user": user.pw_name, "group": grp.getgrgid(user.pw_gid).gr_name, "password": PASSWORD}
        configuration.write_text(CONFIGURATION.format(folder=self.folder, port=self.port, **values))
        lower: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}
        self.process = subprocess.Popen(
            [PROGRAM, "-F", "-c", str(configuration)], **(lower if os.getuid() == 0 else {}), stderr=subprocess.DEVNULL
        )
        wait_for(self._answers)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            return connection.recv(4) == b"* OK"
        return False

    @contextlib.contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4("127.0.0.1", self.port, 10)
        client.login(USER, PASSWORD)
        try:
            yield client
        finally:
            client.logout()

    def put(self, raw: bytes, folder: str = "INBOX", flags: str = "") -> None:
        with self.client() as client:
            assert client.append(folder, flags, "", raw)[0] == "OK"

    def count(self, folder: str = "INBOX") -> int:
        with self.client() as client:
            status, data = client.select(folder, readonly=True)
            assert status == "OK", data
            return int(data[0] or b"0")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Scripted:
    """A server that says what it is told to, and then keeps silent, drips or hangs up."""

    def __init__(self, *lines: bytes, drip: bool = False) -> None:
        self.lines, self.drip = lines, drip
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self.socket.accept()
            with connection:
                for line in self.lines:
                    connection.sendall(line)
                while self.drip and not self.over.is_set():
                    connection.sendall(b"x")
                    time.sleep(0.05)
                if not self.lines:
                    self.over.wait(10)

    def stop(self) -> None:
        self.over.set()
        self.socket.close()
        self.thread.join()
