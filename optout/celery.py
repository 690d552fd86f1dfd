"""Celery carries wake-ups only: what is due stands in the database."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging
from django.conf import settings
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "optout.settings")

app = Celery("optout")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

logger = logging.getLogger(__name__)


@setup_logging.connect
def log_as_django_does(**_: Any) -> None:
    """Keep Celery from setting up logging of its own: one format, one place where secrets are blotted out."""
    logging.config.dictConfig(settings.LOGGING)


@beat_init.connect
def beat_at_once(**_: Any) -> None:
    """Send the first heartbeat when beat starts; its schedule would wait for a minute."""
    try:
        app.send_task("requests_app.tasks.heartbeat", expires=55, retry=False)
    except OperationalError as error:
        logger.warning("No broker yet, so the first heartbeat waits for the next minute: %s", error)
