"""What people type about lists: the name of a view, and what is to be done with many requests."""

import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.models import JobKind, Organisation, Outcome, User
from requests_app.tracking.forms import HAPPENED, AssignForm


class ViewForm(forms.Form):
    """The name of a saved view, and who sees it."""

    name = forms.CharField(
        max_length=60, label=_("Name"), help_text=_("What the list shows, such as: Overdue at Slack.")
    )
    shared = forms.BooleanField(
        required=False,
        label=_("For everybody in the organisation"),
        help_text=_("Otherwise you alone see it."),
    )

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["shared"]


class ActForm(forms.Form):
    """What is to be done with each of many requests; `wanted` is what a job keeps of it."""

    kind: ClassVar[JobKind]

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        self.organisation = organisation
        super().__init__(*args, **kwargs)
        self.auto_id = f"{self.kind}-%s"

    def wanted(self) -> dict[str, Any]:
        """Return what was typed, as JSON can hold it; call it on a valid form."""
        return {name: _plain(value) for name, value in self.cleaned_data.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, User):
        return value.pk
    return value.isoformat() if isinstance(value, datetime.date) else value


class BulkAssignForm(ActForm):
    """Who is to be responsible."""

    kind = JobKind.ASSIGN
    responsible = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        label=_("Responsible"),
        empty_label=_("Nobody"),
        help_text=_("Who follows these requests up."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = AssignForm(organisation=self.organisation).fields["responsible"]
        self.fields["responsible"].queryset = people.queryset  # type: ignore[attr-defined]


class BulkSnoozeForm(ActForm):
    """The day until which nothing becomes due."""

    kind = JobKind.SNOOZE
    until = forms.DateField(
        label=_("Until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_(
            "Nothing becomes due before that day; what is due by then shows again. Deadlines stay as they are."
        ),
    )

    def clean_until(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["until"]
        if day <= self.organisation.today():
            raise forms.ValidationError(_("Choose a day that is still to come."))
        return day


class BulkCloseForm(ActForm):
    """How the requests ended, and when."""

    kind = JobKind.CLOSE
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[(value.value, HAPPENED[value.value][2]) for value in Outcome],
        help_text=_("The same for all of them. What cannot end so is left as it is."),
    )
    on = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The day on which it happened, today or before."),
    )
    note = forms.CharField(
        max_length=5000,
        required=False,
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Goes into the history of each of them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = self.organisation.today()

    def clean_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["on"]
        if day > self.organisation.today():
            raise forms.ValidationError(_("That day has not come yet. Write the day on which it happened."))
        return day


class BulkSendForm(ActForm):
    """Nothing to type: drafts are sent as they stand."""

    kind = JobKind.SEND


FORMS: dict[str, type[ActForm]] = {
    form.kind.value: form for form in (BulkAssignForm, BulkSnoozeForm, BulkCloseForm, BulkSendForm)
}


def forms_for(organisation: Organisation, given: Any = None, kind: str = "") -> dict[str, ActForm]:
    """Return a form for each act; the one of that kind is filled with what was given."""
    return {name: made(given if name == kind else None, organisation=organisation) for name, made in FORMS.items()}
