"""A form of an own vendor or procedure with its repeated parts: from the document to what is typed, and back.

What is typed is checked by the rules of the catalogue itself; each fault is shown at the field that it is about.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from requests_app.catalogue import own
from requests_app.catalogue.forms import SourceForm


def source_initial(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source as the form of a source shows it."""
    initial = {f"source_{key}": source.get(key, "") for key in ("kind", "url", "title", "read")}
    return {**initial, "source_date": source["date"] or ""}


def source_of(form: forms.BaseForm) -> dict[str, Any]:
    """Return what was typed into the form of a source as the catalogue writes it."""
    typed = form.cleaned_data
    links = own.without_empty({"url": typed["source_url"].strip(), "title": typed["source_title"].strip()})
    return {
        "kind": typed["source_kind"],
        **dict(links),
        "date": typed["source_date"].strip() or None,
        "date_kind": "shown on page" if typed["source_date"].strip() else "no date shown",
        "read": typed["source_read"].isoformat(),
    }


def source_field(keys: list[str]) -> str | None:
    name = f"source_{keys[0]}" if keys else ""
    return name if name in SourceForm.base_fields else None


class Editor:
    """What both have in common: forms that are valid together, and the places of faults."""

    form: forms.Form
    formsets: Mapping[str, Any]

    def is_valid(self) -> bool:
        """Return whether nothing is wrong with what was typed; what is wrong then stands at its field."""
        parts = [self.form, *self.formsets.values()]
        valid = [part.is_valid() for part in parts]  # each of them, so that every fault shows
        if not all(valid):
            return False
        for path, reason in self.findings():
            self._show(path, reason)
        return not any(self._has_errors(part) for part in parts)

    def _has_errors(self, part: Any) -> bool:
        return any(form.errors for form in part) if isinstance(part, forms.BaseFormSet) else bool(part.errors)

    def findings(self) -> Iterable[tuple[str, str]]:
        """Yield the faults of the document that was typed."""
        raise NotImplementedError

    def place(self, path: str) -> tuple[forms.BaseForm, str | None]:
        """Return the form and the field that a path in the document comes from; no field for the form as a whole."""
        raise NotImplementedError

    def edition(self) -> str:
        """Return what is saved last at this moment, as the form's hidden field names it."""
        raise NotImplementedError

    def used(self, name: str) -> dict[str, Any]:
        """Return the filled-in forms of a repeated part, each under the name of its source."""
        formset = self.formsets[name]
        filled = [
            form for i, form in enumerate(formset.forms) if i < formset.initial_form_count() or form.has_changed()
        ]
        kept = [form for form in filled if not form.cleaned_data.get("DELETE")]
        return {f"{name}-{i}": form for i, form in enumerate(kept)}

    def _show(self, path: str, reason: str) -> None:
        form, field = self.place(path)
        if field is None:
            form.add_error(None, f"{path}: {reason}")
        elif field not in form.errors:
            form.add_error(field, reason)

    def show_collision(self) -> None:
        """Say that somebody else saved meanwhile; what was typed stays, and saving again replaces the other's text."""
        self.form.add_error(
            None,
            _(
                "Somebody else changed this meanwhile. Your text is kept below. Look at the page in another tab, take"
                " over what you need, and save again."
            ),
        )
        data = QueryDict(mutable=True)
        data.update(self.form.data)
        data["edition"] = self.edition()
        self.form.data = data
