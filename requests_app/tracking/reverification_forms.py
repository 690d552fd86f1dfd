"""What a person ticks when an opt-out is checked again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from requests_app.delivery.forms import DROP, check_upload
from requests_app.models import OptOutRequest
from requests_app.tracking.reverification import checklist_of


class ReverificationForm(forms.Form):
    """The steps of the procedure, proof and a note."""

    steps = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("Checklist"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Tick what you looked at and found as it should be."),
    )
    proof = forms.FileField(
        required=False,
        label=gettext_lazy("Proof (optional)"),
        help_text=gettext_lazy("A screenshot or an export of the setting. Any file up to 25 MB."),
        widget=forms.ClearableFileInput(attrs=DROP),
    )
    note = forms.CharField(
        max_length=5000,
        required=False,
        label=gettext_lazy("Note"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What you saw. It stays in the history."),
    )

    def __init__(self, opt_out_request: OptOutRequest, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="reverify-%s")
        lines = checklist_of(opt_out_request)
        if not lines:
            del self.fields["steps"]
        else:
            self.fields["steps"].choices = list(enumerate(lines))  # type: ignore[attr-defined]

    def clean_proof(self) -> Any:
        return check_upload(self.cleaned_data["proof"])

    def ticked(self) -> list[int]:
        """Return the places of what was ticked, from 0."""
        return [int(place) for place in self.cleaned_data.get("steps", ())]
