"""Lists that somebody wants as a file: the row is the queue, and says where the file is kept and until when."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.organisation import Organisation

# Below MEDIA_ROOT. A backup leaves it out: the files can be made again, and go after a few days.
EXPORT_FOLDER = "exports"


class ExportFormat(models.TextChoices):
    """What the file is."""

    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("Excel (XLSX)")
    JSON = "json", _("JSON")
    ZIP = "zip", _("Evidence pack (ZIP)")


class ExportState(models.TextChoices):
    """How far an export has come."""

    QUEUED = "queued", _("Waits")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")
    REMOVED = "removed", _("File removed")


OPEN_EXPORTS = (ExportState.QUEUED, ExportState.RUNNING)


class Export(models.Model):
    """A list of requests as a file: those that `query`, the address of the list, leaves when the file is written."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="exports", db_index=False)
    format = models.CharField(max_length=10, choices=ExportFormat)
    query = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.QUEUED)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    written = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    removed_after = models.DateTimeField(null=True, blank=True)
    # Where the finished file is, below MEDIA_ROOT.
    path = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    # What happened, a line each, with its time.
    log = models.TextField(blank=True)
    # Whose turn it is, and until when: a worker that died loses it, and the next begins anew.
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    is_cancelled = models.BooleanField(default=False)

    class Meta:
        ordering = ("-pk",)
        indexes = (
            # The last ones of an organisation.
            models.Index(fields=("organisation", "-id"), name="export_list"),
            # What is left to do, oldest first.
            models.Index(fields=("id",), condition=models.Q(state__in=OPEN_EXPORTS), name="export_open"),
            # The files whose time is over.
            models.Index(
                fields=("removed_after",), condition=models.Q(removed_after__isnull=False), name="export_removed_after"
            ),
        )

    def __str__(self) -> str:
        return f"export {self.pk} ({self.format}, {self.state})"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be written."""
        return self.state not in OPEN_EXPORTS

    @property
    def file_name(self) -> str:
        """What the file is called when somebody saves it."""
        what = "evidence-pack" if self.format == ExportFormat.ZIP else "requests"
        return f"{what}-{self.created_at:%Y-%m-%d}-{self.pk}.{self.format}"


def export_path(claim: uuid.UUID) -> str:
    """Return where the file of that claim is kept, below MEDIA_ROOT: a name that says nothing and nobody can guess."""
    token = claim.hex
    return f"{EXPORT_FOLDER}/{token[:2]}/{token}"
