"""What people say when a request has gone out, and the files that prove something."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.delivery.evidence import MOST_BYTES
from requests_app.delivery.file_kinds import why_refused
from requests_app.delivery.handover import drafted_on, hows_of, steps_of
from requests_app.drafting.requests import snapshot_of
from requests_app.models import OptOutRequest

MOST_FILES = 20  # in one go
# Files may be dropped on the whole of the form around this input; see static/js/drop.js.
DROP = {"data-drop": "form"}


def check_upload(upload: Any) -> Any:
    """Return the file, or None where there is none. Raises ValidationError where it is too large or no proof."""
    if not upload:
        return upload
    if upload.size > MOST_BYTES:
        raise forms.ValidationError(_("The file is larger than 25 MB. Make it smaller, or add it in parts."))
    reason = why_refused(upload.name or "", upload.read())
    upload.seek(0)
    if reason:
        raise forms.ValidationError(reason)
    return upload


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each checked by itself; gives a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the files. Raises ValidationError, with the file's name where there are more."""
        uploads = data if isinstance(data, list) else [data]
        if len(uploads) > MOST_FILES:
            raise forms.ValidationError(
                _("These are more than %(most)d files. Add them in parts."), params={"most": MOST_FILES}
            )
        return [self._one(upload, initial, named=len(uploads) > 1) for upload in uploads or [None]]

    def _one(self, upload: Any, initial: Any, *, named: bool) -> Any:
        try:
            return check_upload(super().clean(upload, initial))
        except forms.ValidationError as error:
            if not named:
                raise
            raise forms.ValidationError([f"{upload.name}: {message}" for message in error.messages]) from error


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
        widget=forms.ClearableFileInput(attrs=DROP),
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
        return check_upload(self.cleaned_data["proof"])


class EvidenceForm(forms.Form):
    """Files that prove something about a request."""

    upload = FilesField(
        label=gettext_lazy("Files"),
        help_text=gettext_lazy(
            "Screenshots, a confirmation as PDF or mail, an export of the policy: choose them, or drop them here. "
            "Up to 25 MB each, 20 at once."
        ),
        widget=FilesInput(attrs={**DROP}),
    )
    description = forms.CharField(
        label=gettext_lazy("What it shows (optional)"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("One line, for whoever reads the record later."),
    )


class NewerEvidenceForm(EvidenceForm):
    """One file, in the place of an older one."""

    upload = forms.FileField(  # type: ignore[assignment]  # one file instead of several
        label=gettext_lazy("Newer file"),
        help_text=gettext_lazy("Any file up to 25 MB. The older one stays, and is shown as replaced."),
        widget=forms.ClearableFileInput(attrs=DROP),
    )

    def clean_upload(self) -> Any:
        """Return the file. Raises ValidationError where it is too large or no proof."""
        return check_upload(self.cleaned_data["upload"])
