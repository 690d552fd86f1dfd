"""What people say when a request has gone out, and the files that prove something."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.delivery.evidence import MOST_BYTES
from requests_app.delivery.handover import drafted_on, hows_of, steps_of
from requests_app.drafting.requests import snapshot_of
from requests_app.models import OptOutRequest


def check_size(upload: Any) -> Any:
    """Return the file. Raises ValidationError above 25 MB."""
    if upload and upload.size > MOST_BYTES:
        raise forms.ValidationError(_("The file is larger than 25 MB. Make it smaller, or add it in parts."))
    return upload


class SubmittedForm(forms.Form):
    """I sent it: when, how, and the proof."""

    on = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The day on which it was sent or applied."),
    )
    how = forms.ChoiceField(label=gettext_lazy("How"), help_text=gettext_lazy("The way in which it left your hands."))
    steps = forms.MultipleChoiceField(
        label=gettext_lazy("Checklist"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Tick what you did. It stays in the history, and is what is checked again later."),
    )
    proof = forms.FileField(
        label=gettext_lazy("Proof (optional)"),
        required=False,
        help_text=gettext_lazy("A screenshot, the sent e-mail, a receipt. Any file up to 25 MB."),
    )

    def __init__(self, opt_out_request: OptOutRequest, *args: Any, **kwargs: Any) -> None:
        self.today = opt_out_request.organisation.today()
        self.first_day = drafted_on(opt_out_request)
        kwargs.setdefault("initial", {"on": self.today})
        super().__init__(*args, **kwargs)
        choices = [(how.value, how.label) for how in hows_of(snapshot_of(opt_out_request))]
        self.fields["how"].choices = choices  # type: ignore[attr-defined]
        lines = steps_of(opt_out_request)
        if lines:
            self.fields["steps"].choices = list(enumerate(lines))  # type: ignore[attr-defined]
        else:
            del self.fields["steps"]
        self.fields["on"].widget.attrs.update(min=self.first_day.isoformat(), max=self.today.isoformat())

    def clean_on(self) -> Any:
        """Refuse a day that has not come yet, and one before there was anything to send."""
        day = self.cleaned_data["on"]
        if day > self.today:
            raise forms.ValidationError(_("The day is in the future. Record the hand-over once it has happened."))
        if day < self.first_day:
            message = _("The draft was made on %(day)s; it cannot have been sent before.")
            raise forms.ValidationError(message, params={"day": self.first_day.isoformat()})
        return day

    def clean_steps(self) -> list[int]:
        """Return the places of what was ticked, from 0."""
        return [int(place) for place in self.cleaned_data["steps"]]

    def clean_proof(self) -> Any:
        return check_size(self.cleaned_data["proof"])


class EvidenceForm(forms.Form):
    """A file that proves something about a request."""

    upload = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("A screenshot, a confirmation, an export. Up to 25 MB.")
    )
    description = forms.CharField(
        label=gettext_lazy("What it shows (optional)"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("One line, for whoever reads the record later."),
    )

    def clean_upload(self) -> Any:
        return check_size(self.cleaned_data["upload"])
