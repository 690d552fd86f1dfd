"""HTTP to addresses that people typed in: https only, to public machines only, no redirects, and never for long.

requests-hardened resolves the name once, refuses private addresses and connects to the very address it looked at,
so that a second answer of the name server changes nothing. What it lets through is looked at again here: only global
unicast addresses pass (IANA's registries of special-purpose addresses, RFC 6890).
"""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import HTTPError

# Seconds: to connect, between two pieces of the answer, and in all.
CONNECT, READ, IN_ALL = 5, 10, 20
LONGEST_ANSWER = 1000
_INSIDE = gettext_lazy("The name leads to an address inside a network. Only public ones are posted to.")
_UNICAST = ipaddress.ip_network("2000::/3")
# IPv4 inside of IPv6 (6to4, Teredo, NAT64), and what is for documentation or benchmarks.
_SPECIAL = tuple(
    ipaddress.ip_network(net)
    for net in ("2002::/16", "2001::/23", "2001:db8::/32", "3fff::/20", "64:ff9b::/96", "192.88.99.0/24")
)


class Refused(Exception):
    """An address that is never posted to; says why."""


@dataclass(frozen=True)
class Answer:
    """What the other end said; code 0: nothing, and `text` is what went wrong.

    `in_doubt` says that the message may have arrived all the same.
    """

    code: int
    text: str = ""
    in_doubt: bool = False


def is_public(address: str) -> bool:
    """Return whether this is the address of a machine on the open Internet."""
    ip = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None and ip not in _UNICAST:
        return False
    if any(ip in net for net in _SPECIAL if net.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def check_url(url: str, *, allow_loopback: bool = False) -> None:
    """Raise Refused unless this is an https address of a public host, without a password and without a fragment.

    A host that is a name passes: where it leads to is seen when it is connected to.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(_("This is not a web address.")) from error
    if parts.scheme != "https" or not host or port == 0:
        raise Refused(_("The address must begin with https:// and name a host."))
    if "@" in parts.netloc or parts.fragment or "\\" in url or any(sign.isspace() or sign < " " for sign in url):
        raise Refused(_("The address has parts that do not belong there: a user, a # or a blank."))
    with contextlib.suppress(ValueError):
        if not is_public(host) and not (allow_loopback and ipaddress.ip_address(host).is_loopback):
            raise Refused(_("This is an address inside a network. Only public ones are posted to."))


class _Adapter(IPFilterAdapter):  # type: ignore[misc]  # has no types
    """The library's adapter with our rule behind its own, and with connections that can be cut."""

    def __init__(self, opened: list[socket.socket], *, allow_loopback: bool) -> None:
        self._loopback_too = allow_loopback
        super().__init__(is_https_proto=True, allow_loopback=allow_loopback)

        class Connection(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                made = super()._new_conn()
                opened.append(made.dup())  # TLS takes the first one over
                return made

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Connection

        self.poolmanager.pool_classes_by_scheme = {"https": Pool}

    def build_connection_pool_key_attributes(self, *arguments: Any, **named: Any) -> tuple[dict[str, Any], Any]:
        """Return where to connect to. Raises Refused unless that is a public address."""
        host, pool = super().build_connection_pool_key_attributes(*arguments, **named)
        address = str(host["host"]).strip("[]")
        if not is_public(address) and not (self._loopback_too and ipaddress.ip_address(address).is_loopback):
            raise Refused(str(_INSIDE))
        return dict(host), pool


class Poster:
    """Posts JSON. The arguments are for whoever runs the other end on the same machine, with its own authority."""

    def __init__(self, *, allow_loopback: bool = False, authority: str | bool = True, seconds: float = IN_ALL) -> None:
        self._allow_loopback, self._authority, self._seconds = allow_loopback, authority, seconds

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Post the body and return the answer, at most LONGEST_ANSWER characters of it."""
        opened: list[socket.socket] = []
        try:
            check_url(url, allow_loopback=self._allow_loopback)
            with self._session(opened) as session:
                return self._post(session, url, body, headers)
        except Refused as refusal:
            return Answer(0, str(refusal))
        except InvalidIPAddress:
            return Answer(0, str(_INSIDE))
        except requests.exceptions.SSLError:
            return Answer(0, _("The certificate of the other end is not valid."))
        except (requests.RequestException, HTTPError, OSError, UnicodeError) as error:
            # Its own words would name the address, which is a secret.
            return Answer(
                0, _("The connection failed (%(error)s).") % {"error": type(error).__name__}, in_doubt=bool(opened)
            )

    def _post(self, session: requests.Session, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        given = {"Content-Type": "application/json", "User-Agent": "Optout", "Accept-Encoding": "identity", **headers}
        options: dict[str, Any] = {"timeout": (CONNECT, READ), "verify": self._authority, "stream": True}
        with session.post(url, body, headers=given, allow_redirects=False, **options) as response:
            text = response.raw.read(LONGEST_ANSWER, decode_content=False).decode("utf-8", "replace")
            return Answer(response.status_code, "".join(sign if sign.isprintable() else " " for sign in text))

    @contextlib.contextmanager
    def _session(self, opened: list[socket.socket]) -> Iterator[requests.Session]:
        """Give a session that knows no proxy and no password of this machine, and that is cut when time is up."""
        session = requests.Session()
        session.trust_env = False
        session.adapters.clear()
        session.mount("https://", _Adapter(opened, allow_loopback=self._allow_loopback))
        timer = threading.Timer(self._seconds, _cut, [opened])
        timer.daemon = True
        timer.start()
        try:
            yield session
        finally:
            timer.cancel()
            session.close()
            for copy in opened:
                copy.close()


def _cut(opened: list[socket.socket]) -> None:
    for copy in opened:
        with contextlib.suppress(OSError):
            copy.shutdown(socket.SHUT_RDWR)
