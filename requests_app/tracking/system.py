"""Whether everything that Optout needs is there: one function for each thing, and how to mend it where it is not."""

import datetime
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from fontTools.ttLib import TTFont, TTLibError
from kombu import Connection
from kombu.exceptions import OperationalError

from requests_app.drafting.letters.fonts import FONT_DIR
from requests_app.drafting.rendering.native_libraries import install_command, missing_libraries
from requests_app.models import Heartbeat, InboundMail, OutgoingMail

# Free space below which backups and letters may fail soon, and below which mail is no longer taken in safely.
LITTLE_BYTES, TOO_LITTLE_BYTES = 2 * 1024**3, 256 * 1024**2
# Clocks of two computers differ a little.
CLOCK_MAY_DIFFER = datetime.timedelta(minutes=2)


class State(Enum):
    """How a thing is; `tone` is the colour of its badge."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"

    @property
    def label(self) -> str:
        return {"ok": _("Fine"), "warn": _("Look at it"), "bad": _("Does not work")}[self.value]

    @property
    def tone(self) -> str:
        return "good" if self is State.OK else self.value


@dataclass(frozen=True)
class Check:
    """What was found about one thing; the hint says how to mend it, and is empty where nothing has to be."""

    name: str
    state: State
    text: str
    hint: str = ""


def database() -> Check:
    """Return whether the database answers, and whether it is as this version expects it."""
    name = _("Database")
    try:
        plan = MigrationExecutor(connection)
        missing = plan.migration_plan(plan.loader.graph.leaf_nodes())
    except DatabaseError:
        return Check(name, State.BAD, _("It does not answer."), _("Start it, and look at DATABASE_URL."))
    if missing:
        words = ngettext(
            "{number} migration has not been applied.", "{number} migrations have not been applied.", len(missing)
        )
        text = words.format(number=len(missing))
        return Check(name, State.BAD, text, _("Run: manage.py migrate"))
    kind = connection.display_name
    return Check(name, State.OK, _("{kind} answers, and all migrations are applied.").format(kind=kind))


def broker() -> Check:
    """Return whether the broker takes messages; its address is not told, since it may hold a password."""
    name = _("Broker (Redis or Valkey)")
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": 2}
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=1, transport_options=options) as link:
            link.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (OSError, OperationalError):
        hint = _("Start Redis or Valkey, and look at REDIS_URL. What waits is sent once it is back.")
        return Check(name, State.BAD, _("It does not answer, so nobody is told that there is work."), hint)
    return Check(name, State.OK, _("It answers."))


def worker_and_beat() -> Check:
    """Return whether a worker did lately what beat told it to."""
    name, now = _("Worker and beat"), timezone.now()
    rows = list(Heartbeat.objects.all()[:20])
    alive = [row for row in rows if row.is_alive(now)]
    if alive:
        text = _("{number} at work; the last heartbeat was {seconds} seconds ago.")
        seconds = max(0, round((now - alive[0].seen_at).total_seconds()))
        return Check(name, State.OK, text.format(number=len(alive), seconds=seconds))
    hint = _("Start a worker and beat, or run everything with: manage.py run")
    if not rows:
        return Check(name, State.BAD, _("None has ever been heard of."), hint)
    text = _("The last heartbeat was on {time} UTC.").format(time=f"{rows[0].seen_at:%Y-%m-%d %H:%M}")
    return Check(name, State.BAD, text, hint)


def clock() -> Check:
    """Return whether the clock agrees with what has been recorded: deadlines hang on it."""
    name, now = _("Clock"), timezone.now()
    newest = (
        Heartbeat.objects.order_by("-seen_at").values_list("seen_at", flat=True).first(),
        OutgoingMail.objects.order_by("-pk").values_list("queued_at", flat=True).first(),
        InboundMail.objects.order_by("-pk").values_list("received_at", flat=True).first(),
    )
    latest = max((at for at in newest if at), default=now)
    if latest > now + CLOCK_MAY_DIFFER:
        text = _("It shows {now} UTC, but something was recorded at {then} UTC.")
        hint = _("Set the clock of this machine, best by NTP.")
        return Check(name, State.BAD, text.format(now=_short(now), then=_short(latest)), hint)
    return Check(name, State.OK, _("It shows {now} UTC.").format(now=_short(now)))


def _short(at: datetime.datetime) -> str:
    return f"{at.astimezone(datetime.UTC):%Y-%m-%d %H:%M}"


def fonts() -> Check:
    """Return whether the fonts of letters are there and can be read."""
    name = _("Fonts of letters")
    files = sorted(FONT_DIR.glob("*.ttf"))
    broken = [file.name for file in files if not _is_readable(file)]
    if broken or not files:
        text = ", ".join(broken) or _("None is there.")
        return Check(name, State.BAD, text, _("Install Optout again: its fonts lie in static/fonts."))
    return Check(name, State.OK, _("{number} files are there and can be read.").format(number=len(files)))


def _is_readable(file: Path) -> bool:
    try:
        with file.open("rb") as opened, TTFont(opened, lazy=True) as font:
            return bool(font.getBestCmap())
    except (OSError, TTLibError):
        return False


def native_libraries() -> Check:
    """Return whether the libraries that draw letters can be loaded."""
    name = _("Libraries that draw letters")
    missing = missing_libraries()
    if missing:
        return Check(name, State.BAD, _("Missing: {names}.").format(names=", ".join(missing)), install_command(missing))
    return Check(name, State.OK, _("All can be loaded."))


def disk() -> Check:
    """Return how much room is left where files and the database lie."""
    name, folder = _("Disk"), Path(settings.DATA_DIR)
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return Check(name, State.BAD, _("The data folder is not there."), _("Look at DATA_DIR."))
    text = _("{size} GB are free.").format(size=f"{free / 1024**3:.1f}")
    hint = _("Make room, or move DATA_DIR to a larger disk.")
    if free < TOO_LITTLE_BYTES:
        return Check(name, State.BAD, text, hint)
    return Check(name, State.WARN, text, hint) if free < LITTLE_BYTES else Check(name, State.OK, text)


OF_THE_MACHINE: tuple[Callable[[], Check], ...] = (
    database,
    broker,
    worker_and_beat,
    clock,
    fonts,
    native_libraries,
    disk,
)


def checks_of_the_machine() -> list[Check]:
    """Return what was found about each thing, in a fixed order."""
    return [check() for check in OF_THE_MACHINE]
