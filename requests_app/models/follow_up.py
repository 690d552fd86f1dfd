"""What the clock wants to say to a vendor once more: it waits for a person, or goes by itself where that is wanted."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.organisation import Organisation
from requests_app.models.outbox import OutgoingMail
from requests_app.models.reminder import Reminder, ReminderKind
from requests_app.models.request import OptOutRequest


class FollowUpState(models.TextChoices):
    """Where a follow-up stands."""

    WAITING = "waiting", _("Waits for you")
    DUE = "due", _("Goes by itself")
    QUEUED = "queued", _("In the outbox")
    DONE = "done", _("Sent by hand")
    DROPPED = "dropped", _("Dropped")


OPEN = (FollowUpState.WAITING, FollowUpState.DUE)


class FollowUp(models.Model):
    """One more message about a request, of the kind that its reminder is of.

    Its text is made from the wording when it is shown or sent; only what a person changed is kept here.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    request = models.ForeignKey(OptOutRequest, on_delete=models.PROTECT, related_name="follow_ups")
    reminder = models.OneToOneField(Reminder, on_delete=models.PROTECT, related_name="follow_up")
    kind = models.CharField(max_length=25, choices=ReminderKind.choices)
    state = models.CharField(max_length=10, choices=FollowUpState, default=FollowUpState.WAITING)
    # When it goes by itself.
    due_at = models.DateTimeField(null=True, blank=True)
    # Empty means as the wording has it.
    recipient = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True, max_length=20_000)
    # Why it did not go by itself.
    reason = models.CharField(max_length=500, blank=True)
    mail = models.OneToOneField(OutgoingMail, on_delete=models.PROTECT, null=True, blank=True, related_name="follow_up")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (
            # What waits for a person of this organisation.
            models.Index(fields=("organisation", "-id"), condition=models.Q(state="waiting"), name="follow_up_waiting"),
            # What goes by itself, the oldest first.
            models.Index(fields=("due_at", "id"), condition=models.Q(state="due"), name="follow_up_due"),
        )

    def __str__(self) -> str:
        return f"{self.kind} of request {self.request_id} ({self.state})"
