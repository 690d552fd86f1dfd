"""The form of an own vendor: from its content to what is typed, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from requests_app.catalogue import own
from requests_app.catalogue.check import check_document
from requests_app.catalogue.editor import Editor, source_field, source_initial, source_of
from requests_app.catalogue.forms import AddressFormSet, EmailFormSet, VendorForm
from requests_app.models import Membership, Vendor

EMPTY_VENDOR: Mapping[str, Any] = {
    "slug": "own",
    "name": "",
    "website": "",
    "legal_names": [],
    "sources": {},
    "addresses": [],
    "emails": [],
    "webforms": [],
}


class VendorEditor(Editor):
    """The form of an own vendor, with its addresses and e-mails."""

    def __init__(self, membership: Membership, vendor: Vendor | None, data: QueryDict | None = None) -> None:
        self.membership, self.vendor = membership, vendor
        content = vendor.content if vendor else EMPTY_VENDOR
        initial = {
            "name": content["name"],
            "website": content["website"],
            "legal_names": "\n".join(content["legal_names"]),
            "note": content.get("note", ""),
            "edition": self.edition(),
        }
        today = {"today": membership.organisation.today()}
        addresses, emails = (self._initial(content, group) for group in ("addresses", "emails"))
        self.form = VendorForm(data, initial=initial)
        self.formsets = {
            "addresses": AddressFormSet(data, prefix="addresses", initial=addresses, form_kwargs=today),
            "emails": EmailFormSet(data, prefix="emails", initial=emails, form_kwargs=today),
        }

    def edition(self) -> str:
        return self.vendor.content_hash if self.vendor else ""

    def _initial(self, content: Mapping[str, Any], group: str) -> list[dict[str, Any]]:
        entries = [{**entry, **source_initial(content["sources"][entry["source"]])} for entry in content[group]]
        return [{**entry, "lines": "\n".join(entry.get("lines", ()))} for entry in entries]

    def content(self) -> dict[str, Any]:
        """Return the vendor's content as typed."""
        typed = self.form.cleaned_data
        addresses, emails = self.used("addresses"), self.used("emails")
        content = {
            "slug": self.vendor.slug if self.vendor else own.free_slug(typed["name"], ()),
            "name": typed["name"],
            "website": typed["website"],
            "legal_names": own.lines_of(typed["legal_names"]),
            "sources": {name: source_of(form) for name, form in {**addresses, **emails}.items()},
            "addresses": [
                {
                    "purpose": form.cleaned_data["purpose"],
                    "country": form.cleaned_data["country"],
                    "lines": own.lines_of(form.cleaned_data["lines"]),
                    "source": name,
                }
                for name, form in addresses.items()
            ],
            "emails": [
                {"address": form.cleaned_data["address"], "role": form.cleaned_data["role"], "source": name}
                for name, form in emails.items()
            ],
            "webforms": [],
        }
        return {**content, "note": typed["note"].strip()} if typed["note"].strip() else content

    def findings(self) -> Iterable[tuple[str, str]]:
        entries = own.entries_of(self.vendor).values() if self.vendor else ()
        document = own.document_of(self.content(), entries)
        return list(check_document(document, self.membership.organisation.today()))

    def place(self, path: str) -> tuple[forms.BaseForm, str | None]:
        group, *rest = path.split(".")
        if group == "sources" and rest and (found := {**self.used("addresses"), **self.used("emails")}.get(rest[0])):
            return found, source_field(rest[1:])
        if group in self.formsets and rest:
            form = list(self.used(group).values())[int(rest[0])]
            return form, rest[1] if len(rest) > 1 and rest[1] in form.fields else None
        return self.form, group if group in self.form.fields else None

    def save(self) -> Vendor:
        """Write what was typed. Raises own.ChangedMeanwhile."""
        return own.save_vendor(self.membership, self.vendor, self.content(), self.form.cleaned_data["edition"])
