"""What a person gives for a draft, checked field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from requests_app.catalogue.fields import Field, FieldError, is_visible, recipient_fields, sender_fields
from requests_app.catalogue.procedure import Procedure
from requests_app.drafting.formats import is_written
from requests_app.models.languages import in_language


@dataclass(frozen=True)
class Problem:
    """What is wrong with the value of one field."""

    field: str
    message: str


class ValuesRefused(ValueError):
    """Some values are missing, wrong or unknown; holds a Problem for each."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = problems


def fields_for(procedure: Procedure) -> tuple[Field, ...]:
    """Return every field that a draft of the procedure takes, its own first."""
    return (*procedure.fields, *sender_fields(), *recipient_fields())


def labels_of(procedure: Procedure) -> dict[str, str]:
    """Return what each field of a draft is called in the language of the page, its subject and text included."""
    declared = {field.name: label_of(field) for field in fields_for(procedure)}
    return {**declared, "subject": _("Subject"), "body": _("Text")}


def label_of(declared: Field) -> str:
    """Return the field's label in the language of the page."""
    return in_language(declared.label)


def required_for(procedure: Procedure, output: str) -> frozenset[str]:
    """Return the names of the fields that the output cannot do without.

    A settings file needs no sender. A recipient has to be given only where the catalogue knows none.
    """
    names = {field.name for field in procedure.fields if field.required}
    if output == "settings":
        return frozenset(names)
    names |= {field.name for field in sender_fields()}
    if output == "eml" and not procedure.recipient["email"]:
        names.add("recipient_email")
    if output == "pdf" and is_written(procedure) and not procedure.recipient["lines"]:
        names.add("recipient_address")
    return frozenset(names)


def check_values(procedure: Procedure, given: Mapping[str, str], output: str) -> dict[str, str]:
    """Return the values as they will stand in the draft; fields left out are empty strings.

    Raises ValuesRefused with every missing, wrong and unknown field, never with the first one only.
    """
    fields = {field.name: field for field in fields_for(procedure)}
    required = required_for(procedure, output)
    problems = [Problem(name, _unknown(fields)) for name in given if name not in fields]
    values = dict.fromkeys(fields, "")
    for name, field in fields.items():
        for item in _check(field, given.get(name, ""), name in required):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                values[name] = item
    if problems:
        raise ValuesRefused(problems)
    return values


def _check(field: Field, value: str, required: bool) -> Iterator[str | Problem]:
    if not any(map(is_visible, value)):
        if required:
            yield Problem(field.name, missing(field))
        return
    try:
        yield field.clean(value)
    except FieldError as error:
        yield Problem(field.name, str(error))


def missing(field: Field) -> str:
    """Return the sentence that asks for the field, with its help and an example."""
    help_text = in_language(field.help)
    example = field.example.replace("\n", ", ")
    return _("This is missing. {help} For example: {example}").format(help=help_text, example=example)


def _unknown(fields: Mapping[str, Field]) -> str:
    return _("There is no such field here. Fields: {names}.").format(names=", ".join(fields))
