"""Opt-out requests: one procedure applied to one workspace."""

from django.conf import settings
from django.db import models

from requests_app.models.campaign import Campaign
from requests_app.models.event_stream import EventStream
from requests_app.models.languages import in_language
from requests_app.models.organisation import Organisation
from requests_app.models.reminder import ReminderKind
from requests_app.models.status import Outcome, Status
from requests_app.models.vendor import Procedure, ProcedureVersion
from requests_app.models.workspace import Workspace


class OptOutRequest(models.Model):
    """A draft until it is handed over; from then on snapshot holds what was sent, and never changes."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="requests")
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="requests")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="requests")
    version = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="+")
    stream = models.OneToOneField(EventStream, on_delete=models.PROTECT, related_name="request")
    # Set when the draft is made and never changed: its first event names it.
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="requests", db_index=False
    )
    reference = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=15, choices=Status.choices, default=Status.DRAFT)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)

    locale = models.CharField(max_length=5, default="en")
    ground = models.CharField(max_length=30)
    values = models.JSONField(default=dict)
    # Wording of this request alone; empty means what the procedure and the organisation's own wording give.
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True, max_length=20_000)
    # Raised with every edit: who saves an older edition is told instead of overwriting the newer one.
    edition = models.PositiveIntegerField(default=1)

    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    submitted_on = models.DateField(null=True, blank=True)
    submitted_how = models.CharField(max_length=20, blank=True)
    answer_by = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    snapshot = models.JSONField(null=True, blank=True)
    # Stands in the address that replies come to; made when the first message is queued.
    reply_token = models.CharField(max_length=40, null=True, blank=True, unique=True)

    # The clock. Days are those of the organisation's time zone; answer_by is the day that follows from them.
    clock_started_on = models.DateField(null=True, blank=True)
    # The hash of the event that started it: submission, a promise, sent again, closed.
    clock_event = models.CharField(max_length=64, blank=True)
    acknowledged_on = models.DateField(null=True, blank=True)
    promised_on = models.DateField(null=True, blank=True)
    # Set while the vendor waits for us; then the days of all pauses since the clock started, and when the last ended.
    paused_on = models.DateField(null=True, blank=True)
    paused_days = models.PositiveIntegerField(default=0)
    resumed_on = models.DateField(null=True, blank=True)
    snoozed_until = models.DateField(null=True, blank=True)
    reverify_on = models.DateField(null=True, blank=True)
    next_action = models.CharField(max_length=25, choices=ReminderKind.choices, blank=True)
    next_action_at = models.DateTimeField(null=True, blank=True)
    # Whoever changes what the clock depends on sets this; the sweep then works out the next action anew.
    clock_stale = models.BooleanField(default=True)

    # The number of the procedure's version that changed what matters here and that nobody has looked at yet; then of
    # the last one that somebody did look at.
    changed_version = models.PositiveIntegerField(null=True, blank=True)
    reviewed_version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "reference"),
                condition=~models.Q(reference=""),
                name="one_request_of_a_reference",
            ),
            # A worker that dies and one that goes on in its place draft nothing twice.
            models.UniqueConstraint(
                fields=("campaign", "workspace", "procedure"),
                condition=models.Q(campaign__isnull=False),
                name="a_campaign_drafts_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status=Status.CLOSED) ^ models.Q(outcome=""),
                name="an_outcome_is_of_a_closed_request",
            ),
        )
        indexes = (
            # The list of an organisation's requests, newest first.
            models.Index(fields=("organisation", "-id"), name="request_list"),
            # The same for one status, and what the home page counts.
            models.Index(fields=("organisation", "status", "-id"), name="request_status"),
            # The same for one outcome.
            models.Index(fields=("organisation", "outcome", "-id"), name="request_outcome"),
            # The same by the time of the last change, so that a sorted page costs no sort of everything.
            models.Index(fields=("organisation", "-updated_at", "-id"), name="request_changed"),
            # The same for one person, one workspace and one procedure; search finds the last two first.
            models.Index(fields=("organisation", "responsible", "-id"), name="request_responsible"),
            models.Index(fields=("organisation", "workspace", "-id"), name="request_workspace"),
            models.Index(fields=("organisation", "procedure", "-id"), name="request_procedure"),
            # Search by subject, for the few requests that have one of their own, and by reference. Not limited to those
            # that have one: SQLite does not see that a value given as a parameter meets the condition of an index.
            models.Index(fields=("organisation", "subject"), name="request_subject"),
            models.Index(fields=("organisation", "reference"), name="request_reference"),
            # The last request of a workspace by one procedure: where that opt-out stands.
            models.Index(fields=("workspace", "procedure", "-id"), name="request_gap"),
            # What the page of today counts, and the list of what needs somebody: all that this takes stands in the
            # index, because a row with its snapshot is read in several pieces.
            models.Index(fields=("organisation", "status", "answer_by", "snoozed_until"), name="request_due"),
            models.Index(
                fields=(
                    "organisation",
                    "responsible",
                    "status",
                    "outcome",
                    "answer_by",
                    "snoozed_until",
                    "reverify_on",
                    "changed_version",
                ),
                name="request_mine",
            ),
            # What waits for an answer, by the day it is due.
            models.Index(fields=("organisation", "answer_by"), name="request_answer_by"),
            # The list for one campaign, and how many of it are where.
            models.Index(
                fields=("organisation", "campaign", "-id"),
                condition=models.Q(campaign__isnull=False),
                name="request_campaign",
            ),
            models.Index(
                fields=("campaign", "status", "outcome"),
                condition=models.Q(campaign__isnull=False),
                name="request_campaign_status",
            ),
            # What was handed over in a period.
            models.Index(fields=("organisation", "submitted_on", "-id"), name="request_submitted_on"),
            # What is due by now, in all organisations: the sweep reads it from the oldest on.
            models.Index(
                fields=("next_action_at",), condition=models.Q(next_action_at__isnull=False), name="request_next_action"
            ),
            # What a change of the catalogue concerns, what is put off and what is to be checked again: few of many.
            models.Index(
                fields=("organisation", "-id"),
                condition=models.Q(changed_version__isnull=False),
                name="request_changed_version",
            ),
            models.Index(
                fields=("organisation", "snoozed_until"),
                condition=models.Q(snoozed_until__isnull=False),
                name="request_snoozed",
            ),
            models.Index(
                fields=("organisation", "reverify_on"),
                condition=models.Q(reverify_on__isnull=False),
                name="request_reverify",
            ),
            # What the sweep has to work out anew.
            models.Index(fields=("id",), condition=models.Q(clock_stale=True), name="request_clock_stale"),
        )

    def __str__(self) -> str:
        """Return the reference; without one, as drafts are, what is asked of whom: it needs the rows of both."""
        if self.reference:
            return self.reference
        return f"{self.workspace.vendor.short_name} · {self.workspace.name} · {in_language(self.procedure.title)}"
