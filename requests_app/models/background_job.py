"""Long work: the row is the queue, its items are what is left to do and what became of the rest."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.campaign import Campaign
from requests_app.models.organisation import Organisation
from requests_app.models.request import OptOutRequest
from requests_app.models.vendor import Procedure
from requests_app.models.workspace import Workspace


class JobKind(models.TextChoices):
    """What a job does with each of its requests; DRAFT makes them first."""

    ASSIGN = "assign", _("Make somebody responsible")
    SNOOZE = "snooze", _("Put off")
    CLOSE = "close", _("Close")
    SEND = "send", _("Send by e-mail")
    DRAFT = "draft", _("Draft")


class JobState(models.TextChoices):
    """How far a job has come."""

    QUEUED = "queued", _("Waits")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


ENDED = (JobState.DONE, JobState.CANCELLED)


class Job(models.Model):
    """Something that a person wants done with many requests; the clock does what one page has no time for."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=20, choices=JobKind)
    # What is wanted, such as {"outcome": "withdrawn", "on": "2026-11-24"}.
    wanted = models.JSONField(default=dict)
    # Whose drafts it makes.
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="jobs")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField()
    # Whose turn it is at the job, and until when: a worker that died loses it.
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    is_cancelled = models.BooleanField(default=False)

    class Meta:
        ordering = ("-pk",)
        indexes = (
            # The last ones of an organisation.
            models.Index(fields=("organisation", "-id"), name="job_list"),
            # What is left to do, oldest first.
            models.Index(
                fields=("id",),
                condition=models.Q(state__in=(JobState.QUEUED, JobState.RUNNING)),
                name="job_open",
            ),
        )

    def __str__(self) -> str:
        return f"job {self.pk} ({self.kind}, {self.state})"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be done."""
        return self.state in ENDED


class ItemState(models.TextChoices):
    """What became of one request of a job."""

    OPEN = "open", _("Not yet")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Left as it is")


class JobItem(models.Model):
    """One request of a job; changed in the transaction that changes the request.

    One of a job that drafts names workspace and procedure, and the request once that is there.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items", db_index=False)
    request = models.ForeignKey(
        OptOutRequest, on_delete=models.CASCADE, null=True, blank=True, related_name="job_items"
    )
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    procedure = models.ForeignKey(
        Procedure, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.OPEN)
    # Why nothing was done, as a sentence for the person.
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("job", "request"), name="a_request_is_once_in_a_job"),
            models.UniqueConstraint(
                fields=("job", "workspace", "procedure"),
                condition=models.Q(workspace__isnull=False),
                name="a_draft_is_once_in_a_job",
            ),
            models.CheckConstraint(
                condition=models.Q(request__isnull=False) | models.Q(workspace__isnull=False, procedure__isnull=False),
                name="an_item_is_about_something",
            ),
        )
        indexes = (models.Index(fields=("job", "state", "id"), name="job_item_state"),)

    def __str__(self) -> str:
        return f"{self.request or self.workspace} ({self.state})"
