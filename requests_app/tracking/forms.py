"""What people type on the tracking pages."""

import datetime
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from requests_app.catalogue.fields import Field
from requests_app.models import MOVES, OUTCOMES, OptOutRequest, Organisation, Outcome, Status, User, Vendor, Workspace
from requests_app.tracking.identifiers import IdentifierField
from requests_app.tracking.workspace_changes import WorkspaceValues

PREFIX = "identifier_"


def members_of(organisation: Organisation) -> QuerySet[User]:
    """Return the people of the organisation, by name."""
    return User.objects.filter(memberships__organisation=organisation).order_by("name", "email")


class WorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]  # not a generic when it runs
    """One workspace; what the vendor's procedures ask for follows the name."""

    class Meta:
        model = Workspace
        fields = ("name", "plan", "responsible", "notes")
        labels: ClassVar = {
            "name": _("Name"),
            "plan": _("Plan"),
            "responsible": _("Responsible"),
            "notes": _("Notes"),
        }
        help_texts: ClassVar = {
            "name": _("What you call it, such as its address or the team that uses it."),
            "plan": _("As the vendor calls it, such as Business+. Some opt-outs exist on some plans only."),
            "responsible": _("Who sees to it that its opt-outs are made. New requests start with this person."),
            "notes": _("For your colleagues. Never part of a request."),
        }
        widgets: ClassVar = {"notes": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, organisation: Organisation, vendor: Vendor, **kwargs: Any) -> None:
        self.organisation, self.vendor = organisation, vendor
        declared: tuple[Field, ...] = kwargs.pop("declared")
        super().__init__(*args, **kwargs)
        self.fields["responsible"].queryset = members_of(organisation)  # type: ignore[attr-defined]
        self.fields["responsible"].empty_label = _("Nobody yet")  # type: ignore[attr-defined]
        for field in declared:
            self.fields[PREFIX + field.name] = IdentifierField(field)
            self.initial[PREFIX + field.name] = self.instance.identifiers.get(field.name, "")
        names = [PREFIX + field.name for field in declared]
        self.order_fields(["name", "plan", *names, "responsible", "notes"])
        self.helper = FormHelper()
        label = _("Save the workspace") if self.instance.pk else _("Add the workspace")
        self.helper.add_input(Submit("save", label))

    def clean_name(self) -> str:
        """Refuse a name that another workspace at this vendor has."""
        name: str = self.cleaned_data["name"]
        others = Workspace.objects.filter(organisation=self.organisation, vendor=self.vendor, name=name)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(self.name_taken())
        return name

    def name_taken(self) -> str:
        """Return what to do when the name is in use."""
        return str(_("You have a workspace of this name at {vendor} already. Choose another name.")).format(
            vendor=self.vendor.short_name
        )

    def values(self) -> WorkspaceValues:
        """Return what was typed; identifiers that no procedure asks for any more are kept."""
        data = self.cleaned_data
        typed = {name.removeprefix(PREFIX): data[name] for name in self.fields if name.startswith(PREFIX)}
        kept = {name: value for name, value in self.initial_identifiers.items() if name not in typed}
        identifiers = {**kept, **{name: value for name, value in typed.items() if value}}
        return WorkspaceValues(data["name"], data["plan"], identifiers, data["responsible"], data["notes"])

    @property
    def initial_identifiers(self) -> dict[str, str]:
        """What the workspace had before."""
        identifiers: dict[str, str] = self.instance.identifiers
        return identifiers


class NoteForm(forms.Form):
    """A note for the history of a request."""

    note = forms.CharField(
        max_length=5000,
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For your colleagues and auditors. It stays in the history; the vendor never sees it."),
    )


class AssignForm(forms.Form):
    """Who is responsible for a request."""

    responsible = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        label=_("Responsible"),
        empty_label=_("Nobody"),
        help_text=_("Who follows this request up."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["responsible"].queryset = members_of(organisation)  # type: ignore[attr-defined]


# What can have happened, in words, as the move it makes.
HAPPENED: dict[str, tuple[Status, Outcome | None, Any]] = {
    "acknowledged": (Status.ACKNOWLEDGED, None, _("The vendor acknowledged it; the answer is still to come")),
    "action_needed": (Status.ACTION_NEEDED, None, _("The vendor needs something from us")),
    "submitted": (Status.SUBMITTED, None, _("We answered; the vendor has it again")),
    "confirmed": (Status.CLOSED, Outcome.CONFIRMED, _("Confirmed: the data is no longer used")),
    "partly_confirmed": (Status.CLOSED, Outcome.PARTLY_CONFIRMED, _("Partly confirmed: some of it goes on")),
    "refused": (Status.CLOSED, Outcome.REFUSED, _("Refused by the vendor")),
    "not_applicable": (Status.CLOSED, Outcome.NOT_APPLICABLE, _("Not applicable: this use does not concern us")),
    "no_reply": (Status.CLOSED, Outcome.NO_REPLY, _("No reply, and we stop waiting")),
    "withdrawn": (Status.CLOSED, Outcome.WITHDRAWN, _("Withdrawn by us")),
}


def choices_for(status: Status) -> list[tuple[str, Any]]:
    """Return what can happen to a request of that status by recording it; handing over is a page of its own."""
    return [
        (name, words)
        for name, (new, outcome, words) in HAPPENED.items()
        if new in MOVES[status]
        and (outcome is None or outcome in OUTCOMES[status])
        and not (status is Status.DRAFT and new is Status.SUBMITTED)
    ]


class MoveForm(forms.Form):
    """What happened to a request, when, and what there is to say about it."""

    happened = forms.ChoiceField(label=_("What happened"), help_text=_("This sets the status of the request."))
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
        help_text=_("What was said, by whom. It stays in the history."),
    )

    def __init__(self, data: Any = None, *, opt_out_request: OptOutRequest) -> None:
        today = opt_out_request.organisation.today()
        super().__init__(data, initial={"on": today})
        choices = choices_for(Status(opt_out_request.status))
        self.fields["happened"].choices = choices  # type: ignore[attr-defined]
        self.fields["on"].widget.attrs["max"] = today.isoformat()

    def move(self) -> tuple[Status, Outcome | None]:
        """Return the status and the outcome that were chosen."""
        status, outcome, _words = HAPPENED[self.cleaned_data["happened"]]
        return status, outcome

    @property
    def day(self) -> datetime.date:
        """The day on which it happened."""
        day: datetime.date = self.cleaned_data["on"]
        return day
