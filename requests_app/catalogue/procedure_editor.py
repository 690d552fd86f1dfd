"""The form of an own procedure: from its entry in a vendor document to what is typed, and back."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from requests_app.catalogue import own
from requests_app.catalogue.check import check_document
from requests_app.catalogue.editor import Editor, source_field, source_initial, source_of
from requests_app.catalogue.forms import ProcedureForm, SourceFormSet
from requests_app.catalogue.words import LANGUAGES
from requests_app.models import Membership, Procedure, Vendor

# Where a path of a procedure's entry is typed, if the field is not called like the key.
_PLACES = {
    "facts.recipient.email": "recipient_email",
    "facts.recipient.url": "recipient_url",
    "facts.recipient.name": "recipient_name",
    "facts.quote.read": "quote_read",
    "facts.scope": "scope_unit",
    "optout.recipient": "recipient_address",
    "optout.fields": "fields_asked",
    **{f"optout.{part}.{code}": f"{part}_{code}" for part in ("title", "ask") for code in LANGUAGES},
}
_SAME_NAME = ("product", "data_use", "default_state", "channel", "who_may_submit", "vendor_statement", "confidence")
_ABOUT_OPTOUT = ("scope_unit", "retroactive", "grounds", "follow_up_days")
_TEXTS = ("confirmation", "effect")


class ProcedureEditor(Editor):
    """The form of an own procedure, with its sources."""

    def __init__(
        self,
        membership: Membership,
        vendor: Vendor,
        procedure: Procedure | None = None,
        data: QueryDict | None = None,
    ) -> None:
        self.membership, self.vendor, self.procedure = membership, vendor, procedure
        latest = procedure.versions.first() if procedure else None
        self.entry = own.entry_of(latest.content) if latest else None
        initial = {**(_initial(self.entry) if self.entry else {}), "edition": self.edition()}
        purposes = [address["purpose"] for address in vendor.content["addresses"]]
        sources = [source_initial(source) for source in self.entry["sources"].values()] if self.entry else []
        self.form = ProcedureForm(data, initial=initial, purposes=purposes)
        today = {"today": membership.organisation.today()}
        self.formsets = {"sources": SourceFormSet(data, prefix="sources", initial=sources, form_kwargs=today)}

    def edition(self) -> str:
        latest = self.procedure.versions.first() if self.procedure else None
        return str(latest.number if latest else 0)

    @property
    def slug(self) -> str:
        """The procedure's name in addresses and files: chosen once, never changed."""
        if self.procedure:
            return self.procedure.slug
        taken = self.vendor.procedures.values_list("slug", flat=True)
        return own.free_slug(self.form.cleaned_data["title_en"], taken)

    def entry_typed(self) -> dict[str, Any]:
        """Return the procedure as typed, as an entry of a vendor document with its sources beside it."""
        typed = self.form.cleaned_data
        sources = {f"source-{name}": source_of(form) for name, form in self.used("sources").items()}
        return {"slug": self.slug, "facts": _facts(typed, list(sources)), "optout": _optout(typed), "sources": sources}

    def findings(self) -> Iterable[tuple[str, str]]:
        if not self.used("sources"):
            return [("sources", _("Name at least one source."))]
        others = [entry for slug, entry in own.entries_of(self.vendor).items() if slug != self.slug]
        document = own.document_of(self.vendor.content, [self.entry_typed(), *others])
        return list(check_document(document, self.membership.organisation.today()))

    def place(self, path: str) -> tuple[forms.BaseForm, str | None]:
        group, _dot, rest = path.partition(".")
        if group == "sources":
            name, *keys = rest.split(".")
            form = self.used("sources").get(name.removeprefix("source-"), self.formsets["sources"].forms[0])
            return form, source_field(keys) or "source_url"
        match = re.match(r"procedures\.0(?: \([^)]*\))?\.(.+)", path)
        where = match[1] if match else ""
        for known, field in _PLACES.items():
            if where.startswith(known):
                return self.form, self._typed_in(field)
        key = where.split(".")[1] if "." in where else ""
        return self.form, key if key in self.form.fields else None

    def _typed_in(self, field: str) -> str:
        """Return the field that the text of this one comes from: the English one where it was left empty."""
        part, _underscore, code = field.rpartition("_")
        stands_in = part in ("title", "ask") and code in LANGUAGES and not self.form.cleaned_data.get(field)
        return f"{part}_en" if stands_in else field

    def save(self) -> Procedure:
        """Write what was typed. Raises own.ChangedMeanwhile."""
        edition = self.form.cleaned_data["edition"] or 0
        return own.save_own_procedure(self.membership, self.vendor, self.entry_typed(), edition)


def _facts(typed: Mapping[str, Any], sources: list[str]) -> dict[str, Any]:
    recipient = {key: typed[f"recipient_{key}"] for key in ("name", "email", "url")}
    quote = {"text": typed["quote"], "read": typed["quote_read"].isoformat()} if typed["quote"] else None
    facts = {
        **{key: typed[key] for key in (*_SAME_NAME, *_TEXTS)},
        "scope": typed["scope_unit"],
        "recipient": dict(own.without_empty(recipient)),
        "subject_line": {"value": typed["subject_line"], "variants": []} if typed["subject_line"] else None,
        "steps": own.lines_of(typed["steps"]),
        "caveats": own.lines_of(typed["caveats"]),
        "quote": quote,
        "sources": sources,
    }
    return dict(own.without_empty(facts))


def _optout(typed: Mapping[str, Any]) -> dict[str, Any]:
    address = typed["recipient_address"]
    optout = {
        **{key: typed[key] for key in _ABOUT_OPTOUT},
        "title": _in_each_language(typed, "title"),
        "ask": _in_each_language(typed, "ask"),
        "fields": typed["fields_asked"],
    }
    return {**optout, "recipient": {"address": address}} if address else optout


def _in_each_language(typed: Mapping[str, Any], part: str) -> dict[str, str]:
    """Return the text in every language that a request can have; where none was typed, in English."""
    return {code: typed[f"{part}_{code}"].strip() or typed[f"{part}_en"].strip() for code in LANGUAGES}


def _initial(entry: Mapping[str, Any]) -> dict[str, Any]:
    facts, optout = entry["facts"], entry["optout"]
    return {
        **{key: facts.get(key, "") for key in (*_SAME_NAME, *_TEXTS)},
        **{key: optout[key] for key in _ABOUT_OPTOUT},
        **{f"recipient_{key}": facts.get("recipient", {}).get(key, "") for key in ("name", "email", "url")},
        **{f"{part}_{code}": _shown(optout[part], code) for part in ("title", "ask") for code in LANGUAGES},
        "recipient_address": optout.get("recipient", {}).get("address", ""),
        "subject_line": facts.get("subject_line", {}).get("value", ""),
        "steps": "\n".join(facts.get("steps", ())),
        "caveats": "\n".join(facts.get("caveats", ())),
        "quote": facts.get("quote", {}).get("text", ""),
        "quote_read": facts.get("quote", {}).get("read", ""),
        "fields_asked": optout["fields"],
    }


def _shown(texts: Mapping[str, str], code: str) -> str:
    """Return the text of the language, or nothing where it only stands in for the language."""
    return "" if code != "en" and texts[code] == texts["en"] else texts[code]
