"""What people type for a request, made from the fields that its procedure declares."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from babel import Locale
from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from requests_app.catalogue.fields import Field, country_codes, recipient_fields, sender_fields
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.catalogue.words import GROUNDS, LANGUAGES, word
from requests_app.drafting.own_wording import LONGEST, OwnWordingRefused, example_of
from requests_app.drafting.requests import main_output, snapshot_of
from requests_app.drafting.values import Problem, label_of, required_for
from requests_app.drafting.wording import LOCALES
from requests_app.models import OptOutRequest
from requests_app.models.languages import in_language

# In front of the declared names, which could be those of the form's own fields.
PREFIX = "value_"
# Beyond what any field takes: more is refused instead of kept as a wrong value.
MOST_CHARACTERS = 20_000
LONGEST_SUBJECT = 300

EXPLANATIONS = {
    "vendor_choice": gettext_lazy(
        "You use a choice that the vendor itself publishes. The simplest, where there is one."
    ),
    "gdpr_instruction": gettext_lazy(
        "For organisations under the GDPR: as controller you instruct the vendor, your processor."
    ),
    "ccpa_limits": gettext_lazy(
        "For business in California: your contract limits what a service provider may do with data."
    ),
    "written_confirmation": gettext_lazy(
        "You ask the vendor to put its position or promise in writing, for your records."
    ),
    "contract_amendment": gettext_lazy("You ask for the point to be settled in the contract."),
}
_WIDGETS: Mapping[str, type[forms.Widget]] = {
    "url": forms.URLInput,
    "email": forms.EmailInput,
    "multiline": forms.Textarea,
    "choice": forms.Select,
    "country": forms.Select,
}


@dataclass(frozen=True)
class GroundLabel:
    """What a ground is called, and when it fits."""

    title: str
    explanation: str | Promise

    def __str__(self) -> str:
        return self.title


class DeclaredField(forms.CharField):
    """A field of the catalogue. What is typed is kept even where it is wrong; see DraftForm.mark."""

    def __init__(self, declared: Field, kept: str, *, needed: bool) -> None:
        self.declared = declared
        super().__init__(
            label=label_of(declared) if needed else _("{label} (optional)").format(label=label_of(declared)),
            help_text=in_language(declared.help),
            required=False,
            strip=False,
            max_length=MOST_CHARACTERS,
            widget=_widget(declared, kept),
        )


class DraftForm(forms.Form):
    """One draft. Only what cannot be kept makes it invalid; missing and wrong values are marked by `mark`."""

    edition = forms.IntegerField(widget=forms.HiddenInput)
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"),
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        help_text=gettext_lazy("Why the vendor should do it. Optout gives wording, not legal advice."),
    )
    locale = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Language of the request"),
        help_text=gettext_lazy("Vendors answer fastest in the language of their own pages, most often English."),
    )
    subject = forms.CharField(
        label=gettext_lazy("Subject of this request (optional)"),
        required=False,
        max_length=LONGEST_SUBJECT,
        help_text=gettext_lazy("Leave it empty for the subject that the preview shows."),
    )
    body = forms.CharField(
        label=gettext_lazy("Text of this request"),
        required=False,
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text=gettext_lazy("This text goes out as it stands. What you change above does not enter it any more."),
    )

    def __init__(self, opt_out_request: OptOutRequest, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=_initial(opt_out_request))
        self.opt_out_request = opt_out_request
        self.procedure = snapshot_of(opt_out_request)
        self.needed = required_for(self.procedure, main_output(self.procedure))
        for declared in (*self.procedure.fields, *sender_fields(), *recipient_fields()):
            kept = opt_out_request.values.get(declared.name, "")
            self.fields[PREFIX + declared.name] = DeclaredField(declared, kept, needed=declared.name in self.needed)
        grounds = [
            (key, GroundLabel(word(GROUNDS, key), EXPLANATIONS[key])) for key in self.procedure.optout["grounds"]
        ]
        self.fields["ground"].choices = grounds  # type: ignore[attr-defined]
        self.fields["locale"].choices = [(key, word(LANGUAGES, key)) for key in LOCALES]  # type: ignore[attr-defined]
        if self.prescribed_subject:
            del self.fields["subject"]
        if not opt_out_request.body and not self.data.get("body"):
            del self.fields["body"]

    @property
    def prescribed_subject(self) -> str:
        """The subject that the vendor prescribes, or an empty string."""
        return str(self.procedure.facts.get("subject_line", {}).get("value", ""))

    def own_fields(self) -> Iterator[forms.BoundField]:
        """Yield what the vendor needs."""
        return (self[PREFIX + declared.name] for declared in self.procedure.fields)

    def sender_fields(self) -> Iterator[forms.BoundField]:
        """Yield who asks and who signs."""
        return (self[PREFIX + declared.name] for declared in sender_fields())

    def recipient_fields(self) -> Iterator[forms.BoundField]:
        """Yield who the request goes to, if not to the catalogue's contact."""
        return (self[PREFIX + declared.name] for declared in recipient_fields())

    def recipient_is_asked(self) -> bool:
        """Return whether a recipient is needed, given, or wrong: then its fields are shown at once."""
        fields = list(self.recipient_fields())
        names = {declared.name for declared in recipient_fields()}
        return bool(names & self.needed) or any(field.value() or field.errors for field in fields)

    def changes(self) -> dict[str, Any]:
        """Return what save_draft takes, of a valid form."""
        cleaned = self.cleaned_data
        return {
            "values": {
                name.removeprefix(PREFIX): str(value).replace("\r\n", "\n")
                for name, value in cleaned.items()
                if name.startswith(PREFIX)
            },
            "subject": cleaned.get("subject", self.opt_out_request.subject if self.prescribed_subject else ""),
            "body": cleaned.get("body", "").replace("\r\n", "\n"),
            "ground": cleaned["ground"],
            "locale": cleaned["locale"] or self.opt_out_request.locale,
            "edition": cleaned["edition"],
        }

    def mark(self, problems: list[Problem]) -> None:
        """Show at each field what is missing or wrong with it; call it on a bound form."""
        self.full_clean()
        for problem in problems:
            name = problem.field if problem.field in self.fields else PREFIX + problem.field
            self.add_error(name if name in self.fields else None, problem.message)


def bound_to(opt_out_request: OptOutRequest) -> DraftForm:
    """Return the form as if what is saved had just been typed, so that it can be marked."""
    return DraftForm(opt_out_request, _initial(opt_out_request))


def _initial(opt_out_request: OptOutRequest) -> dict[str, Any]:
    return {
        **{PREFIX + name: value for name, value in opt_out_request.values.items()},
        "subject": opt_out_request.subject,
        "body": opt_out_request.body,
        "ground": opt_out_request.ground,
        "locale": opt_out_request.locale,
        "edition": opt_out_request.edition,
    }


def _widget(declared: Field, kept: str) -> forms.Widget:
    kind = _WIDGETS.get(declared.type, forms.TextInput)
    if issubclass(kind, forms.Select):
        return kind(choices=_choices(declared, kept))
    attributes: dict[str, Any] = {"placeholder": declared.example}
    if declared.type == "multiline":
        attributes["rows"] = max(3, declared.example.count("\n") + 1)
    if declared.type == "number":
        attributes["inputmode"] = "decimal"
    return kind(attrs=attributes)


def _choices(declared: Field, kept: str) -> list[tuple[str, str]]:
    """Return the choices; what was kept is one of them even where it is wrong, so that it is not lost."""
    choices = [(one, one) for one in declared.choices]
    if declared.type == "country":
        names = Locale.parse((get_language() or "en")[:2]).territories
        choices = sorted(
            ((code, f"{names.get(code, code)} ({code})") for code in country_codes()), key=lambda one: one[1]
        )
    known = {code for code, _label in choices}
    return [("", ""), *([(kept, kept)] if kept and kept not in known else []), *choices]


class OwnWordingForm(forms.Form):
    """The organisation's own paragraph for one procedure and language."""

    text = forms.CharField(
        label=gettext_lazy("What you ask for"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "One paragraph. Optout writes salutation, ground, details, date and signature around it."
        ),
    )

    def __init__(self, snapshot: Snapshot, *args: Any, **kwargs: Any) -> None:
        self.snapshot = snapshot
        super().__init__(*args, **kwargs)

    def clean_text(self) -> str:
        """Refuse a wording that could not be filled in every request."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        try:
            self.example = example_of(self.snapshot, text)
        except OwnWordingRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return text
