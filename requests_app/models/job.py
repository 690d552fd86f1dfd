"""What the clock leaves behind."""

import datetime

from django.db import models

# A beat comes every minute: two may be missed before the worker counts as stopped.
PATIENCE = datetime.timedelta(minutes=3)
# Containers change their names with each deployment; a name that is silent for so long is gone.
FORGOTTEN_AFTER = datetime.timedelta(days=1)


class Heartbeat(models.Model):
    """When a worker last did what beat told it to: one row for each worker."""

    worker = models.CharField(max_length=255, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("-seen_at",)

    def __str__(self) -> str:
        return f"{self.worker} at {self.seen_at:%Y-%m-%d %H:%M:%S} UTC"

    def is_alive(self, now: datetime.datetime) -> bool:
        """Return whether the worker beat within PATIENCE before `now`."""
        return now - self.seen_at <= PATIENCE


def record_heartbeat(worker: str, now: datetime.datetime) -> None:
    """Note that this worker lives, and drop the rows of workers that are long gone."""
    Heartbeat.objects.update_or_create(worker=worker, defaults={"seen_at": now})
    Heartbeat.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()
