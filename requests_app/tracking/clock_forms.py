"""What people say about the clock of a request: acknowledged, promised, waiting for us, not before that day."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.models import OptOutRequest, Status
from requests_app.models.status import AWAITS_ANSWER


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PromiseForm(forms.Form):
    """The day by which the vendor said that it will answer."""

    promised = forms.DateField(
        label=_("Promised for"),
        widget=_day_input(),
        help_text=_("The day by which the vendor said that it will answer. It replaces the day that was counted."),
    )


class AcknowledgeForm(PromiseForm):
    """That the vendor has the request, since when, and what it promised."""

    on = forms.DateField(label=_("Day"), widget=_day_input(), help_text=_("The day on which the vendor said so."))
    note = forms.CharField(
        max_length=5000,
        required=False,
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What was said, by whom, such as a case number. It stays in the history."),
    )
    field_order = ("on", "promised", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["promised"].required = False
        self.fields["promised"].help_text = _("Only if the vendor named a day for its answer; else leave it empty.")


class PauseForm(forms.Form):
    """Since when the vendor waits for us, or has waited until."""

    on = forms.DateField(
        label=_("Day"),
        widget=_day_input(),
        help_text=_("Today or before. The days between pause and going on are added to the deadline."),
    )
    note = forms.CharField(
        max_length=5000,
        required=False,
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What the vendor waits for. It stays in the history."),
    )


class SnoozeForm(forms.Form):
    """Before which day nothing becomes due."""

    until = forms.DateField(
        label=_("Not before"),
        widget=_day_input(),
        help_text=_("Reminders and follow-ups of this request wait until then. The deadline stays as it is."),
    )


def forms_of_clock(found: OptOutRequest, refused: forms.Form | None) -> dict[str, forms.Form]:
    """Return the forms that make sense for the request now, by the name the template knows them by.

    The one that was refused stands there as it was typed.
    """
    today = found.organisation.today()
    made: dict[str, forms.Form] = {}
    if found.status in (Status.SUBMITTED, Status.ACTION_NEEDED):
        made["acknowledge_form"] = AcknowledgeForm(initial={"on": today}, auto_id="acknowledge-%s")
    if found.status == Status.ACKNOWLEDGED:
        made["promise_form"] = PromiseForm(auto_id="acknowledge-%s")
    if found.status in AWAITS_ANSWER:
        made["pause_form"] = PauseForm(initial={"on": today}, auto_id="pause-%s")
        if found.paused_on:
            del made["pause_form"].fields["note"]
    if found.next_action_at or found.snoozed_until:
        made["snooze_form"] = SnoozeForm(initial={"until": _next_week(today)}, auto_id="snooze-%s")
    return {name: refused if refused and type(refused) is type(form) else form for name, form in made.items()}


def _next_week(today: datetime.date) -> datetime.date:
    return today + datetime.timedelta(days=7)
