"""The ledger of the clock: what became due for a request, once for each event that started its clock."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReminderKind(models.TextChoices):
    """What can become due for a request."""

    ACKNOWLEDGEMENT_CHECK = "acknowledgement_check", _("Check that it arrived")
    OVERDUE = "overdue", _("The answer is overdue")
    PROMISE_DUE = "promise_due", _("The promised day has passed")
    FIRST_FOLLOW_UP = "first_follow_up", _("First follow-up")
    SECOND_FOLLOW_UP = "second_follow_up", _("Second follow-up")
    ESCALATION = "escalation", _("Escalation")
    GIVE_UP = "give_up", _("Decide whether to go on")
    REVERIFICATION = "reverification", _("Check that it still holds")


class ReminderState(models.TextChoices):
    """What became of a reminder: skipped ones no longer applied when their time came."""

    FIRED = "fired", _("Waits for a person")
    SKIPPED = "skipped", _("No longer needed")
    DONE = "done", _("Done")


class Reminder(models.Model):
    """One thing that became due; the database refuses the same thing twice for one start of the clock."""

    request = models.ForeignKey(
        "requests_app.OptOutRequest", on_delete=models.PROTECT, related_name="reminders", db_index=False
    )
    kind = models.CharField(max_length=25, choices=ReminderKind)
    # The hash of the event that started the clock: submission, a promise, sent again, closed.
    clock_event = models.CharField(max_length=64)
    fired_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ReminderState, default=ReminderState.FIRED)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            # Also the index by which the reminders of a request, and of one start of its clock, are read.
            models.UniqueConstraint(fields=("request", "clock_event", "kind"), name="a_reminder_fires_once"),
        )
        indexes = (
            # What waits for a person, newest first.
            models.Index(fields=("state", "-id"), name="reminder_waiting", condition=models.Q(state="fired")),
        )

    def __str__(self) -> str:
        return f"{self.kind} of request {self.request_id}"
