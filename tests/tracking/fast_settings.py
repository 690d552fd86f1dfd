"""The settings as they are, on a clock that beats every second."""

from optout.settings import *  # noqa: F403
from optout.settings import CELERY_BEAT_SCHEDULE as SLOW

CELERY_BEAT_SCHEDULE = {name: {**entry, "schedule": 1.0} for name, entry in SLOW.items()}
