"""Whether the parts that run on this machine go on: what a container engine or a service manager asks of each.

Neither the database nor the broker is asked about the worker and beat: they cannot show themselves without a broker.
"""

import http.client
import socket
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from requests_app.processes import alive
from requests_app.tracking.system import Check, State

_TIMEOUT = 5.0  # seconds


def web() -> Check:
    """Return whether the web server of this machine serves pages (/readyz)."""
    name, hint = _("Web server"), _("Start it, and look at its log.")
    link = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=_TIMEOUT)
    try:
        link.request("GET", "/readyz", headers={"Host": _host()})
        answer = link.getresponse()
        text = answer.read(200).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        text = _("Nothing answers on port {port}.").format(port=settings.PORT)
        return Check(name, State.BAD, text, hint)
    finally:
        link.close()
    if answer.status != http.HTTPStatus.OK:
        return Check(name, State.BAD, f"{answer.status}: {text}", hint)
    return Check(name, State.OK, _("It answers."))


def _host() -> str:
    """Return a name by which the server may be asked."""
    return next((host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")


def worker() -> Check:
    """Return whether each worker of this machine that has not ended in peace goes on."""
    return _seen(_("Worker"), f"*@{socket.gethostname()}", besides=alive.name_of("beat"))


def beat() -> Check:
    """Return whether beat goes on here, and its broker takes what it sends."""
    return _seen(_("Beat"), alive.name_of("beat"))


def _seen(name: str, pattern: str, besides: str = "") -> Check:
    seen = {who: age for who, age in alive.ages(pattern).items() if who != besides}
    hint = _("Start it, and look at its log and at the broker.")
    if not seen:
        return Check(name, State.BAD, _("None runs on this machine."), hint)
    who, age = max(seen.items(), key=lambda item: item[1])
    text = _("{name} was seen {seconds} seconds ago.").format(name=who, seconds=round(age))
    return Check(name, State.OK, text) if age <= alive.PATIENCE else Check(name, State.BAD, text, hint)


PARTS: dict[str, Callable[[], Check]] = {"web": web, "worker": worker, "beat": beat}
