"""Celery carries wake-ups only: what is due stands in the database."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import after_task_publish, beat_init, heartbeat_sent, setup_logging, worker_shutdown
from django.conf import settings
from kombu.exceptions import OperationalError
from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError as NoConnection

from requests_app.processes import alive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "optout.settings")

app = Celery("optout")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

logger = logging.getLogger(__name__)

_connection_parameters = Channel._connparams  # type: ignore[attr-defined]  # not told of


def connection_parameters(channel: Any, asynchronous: bool = False) -> Any:
    """Return what a channel connects with. Raises redis.exceptions.ConnectionError once it was closed.

    Kombu 5.7 raises an AttributeError for a closed one. Where a message was not acknowledged when the broker went away,
    that ends the worker, which waits for the broker after an error of the connection.
    """
    if channel.connection is None or channel.connection.client is None:
        raise NoConnection("The connection to the broker was closed.")
    return _connection_parameters(channel, asynchronous)


Channel._connparams = connection_parameters  # type: ignore[attr-defined]


@setup_logging.connect
def log_as_django_does(**_: Any) -> None:
    """Keep Celery from setting up logging of its own: one format, one place where secrets are blotted out."""
    logging.config.dictConfig(settings.LOGGING)


@beat_init.connect
def beat_at_once(**_: Any) -> None:
    """Send the first heartbeat when beat starts; its schedule would wait for a minute."""
    after_task_publish.connect(beat_goes_on, weak=False)
    try:
        app.send_task("requests_app.tasks.heartbeat", expires=55, retry=False)
    except OperationalError as error:
        logger.warning("No broker yet, so the first heartbeat waits for the next minute: %s", error)


def beat_goes_on(**_: Any) -> None:
    """Show that beat lives and that the broker took what it sent."""
    alive.show(alive.name_of("beat"))


@heartbeat_sent.connect
def worker_goes_on(sender: Any, **_: Any) -> None:
    """Show that the worker lives and has its broker."""
    alive.show(sender.eventer.hostname)


@worker_shutdown.connect
def worker_leaves(sender: Any, **_: Any) -> None:
    """Show that the worker ends as it was told to."""
    alive.leave(sender.hostname)
