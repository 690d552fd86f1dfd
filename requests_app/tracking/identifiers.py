"""What the procedures of a vendor ask about a workspace, as fields of a form."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max, OuterRef, Subquery
from django.utils.translation import gettext as _

from requests_app.catalogue.fields import Field, FieldError
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.models import ProcedureVersion, Vendor
from requests_app.models.languages import in_language

INPUT_MODES = {"url": "url", "email": "email", "number": "decimal"}


def latest_versions(vendor: Vendor) -> list[Snapshot]:
    """Return what each live procedure of the vendor says now."""
    newest = ProcedureVersion.objects.filter(procedure=OuterRef("procedure")).order_by("-number").values("number")[:1]
    versions = ProcedureVersion.objects.filter(
        procedure__vendor=vendor, procedure__retired_at=None, number=Subquery(newest)
    )
    return [Snapshot(content) for content in versions.order_by("procedure__slug").values_list("content", flat=True)]


def identifier_fields(vendor: Vendor) -> tuple[Field, ...]:
    """Return the fields that the vendor's live procedures declare, each name once; the first definition counts."""
    fields: dict[str, Field] = {}
    for procedure in latest_versions(vendor):
        for field in procedure.fields:
            fields.setdefault(field.name, field)
    return tuple(fields.values())


class IdentifierField(forms.CharField):
    """One declared field, checked as a draft checks it; it may be left empty until a request needs it."""

    def __init__(self, field: Field) -> None:
        super().__init__(
            required=False,
            label=in_language(field.label),
            help_text=_help(field),
            widget=_widget(field),
        )
        self.definition = field

    def clean(self, value: str | None) -> str:
        """Return the value as a request will hold it, or an empty string."""
        if not (value or "").strip():
            return ""
        try:
            return self.definition.clean(str(value))
        except FieldError as error:
            raise ValidationError(str(error)) from error


def _help(field: Field) -> str:
    help_text = in_language(field.help)
    if not field.example or field.type in ("multiline", "choice"):
        return help_text
    return _("{help} For example: {example}").format(help=help_text, example=field.example)


def _widget(field: Field) -> forms.Widget:
    if field.type == "choice":
        return forms.Select(choices=[("", "---------"), *((choice, choice) for choice in field.choices)])
    if field.type == "multiline":
        return forms.Textarea(attrs={"rows": 3})
    if field.type == "date":
        return forms.DateInput(attrs={"type": "date"})
    attributes = {"inputmode": INPUT_MODES[field.type]} if field.type in INPUT_MODES else {}
    return forms.TextInput(attrs={**attributes, "autocomplete": "off", "spellcheck": "false"})


def newest_number(procedure_id: int) -> int:
    """Return the number of the procedure's newest version."""
    newest = ProcedureVersion.objects.filter(procedure=procedure_id).aggregate(newest=Max("number"))["newest"]
    return int(newest)
