"""What a vendor file must satisfy: the published JSON Schema, and the rules beyond it."""

import functools
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from requests_app.catalogue.check_procedure import Document, Finding, check_email, check_procedure
from requests_app.catalogue.check_text import check_text
from requests_app.catalogue.fields import country_codes
from requests_app.catalogue.strict_yaml import CatalogueSyntaxError, read_yaml


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one field of one file."""

    file: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.reason}"


def check_files(paths: Sequence[Path], today: date) -> list[Fault]:
    """Return every fault of the files, those between two files included, in the order of the files."""
    faults: list[Fault] = []
    slugs: dict[str, str] = {}
    for path in paths:
        document, found = _read(path)
        if document is not None:
            found = list(check_document(document, today))
            found += _check_file_name(path, document.get("slug"), slugs)
        faults += [Fault(path.name, field, reason) for field, reason in found]
    return faults


def _check_file_name(path: Path, slug: object, slugs: dict[str, str]) -> Iterator[Finding]:
    """Yield what is wrong with the vendor's slug among those of the files before; the schema wants it to be text."""
    if not isinstance(slug, str):
        return
    if slug in slugs:
        yield "slug", f"“{slug}” is the slug of {slugs[slug]} too"
    if slug != path.stem:
        yield "slug", f"the file must be called {slug}.yaml"
    slugs.setdefault(slug, path.name)


def _read(path: Path) -> tuple[Document | None, list[Finding]]:
    try:
        document = read_yaml(path)
    except (CatalogueSyntaxError, OSError) as error:
        return None, [("(file)", str(error))]
    if not isinstance(document, dict):
        return None, [("(file)", "one vendor is expected: a mapping that starts with slug and name")]
    return document, []


def check_document(document: Document, today: date) -> Iterator[Finding]:
    """Yield the faults of one vendor document. Rules beyond the schema are tried only when the schema holds."""
    schema_faults = [_schema_finding(error) for error in _validator().iter_errors(document)]
    if schema_faults:
        yield from schema_faults
        return
    yield from check_text(document)
    yield from _check_links(document)
    yield from _check_addresses(document)
    yield from _check_sources(document)
    yield from _check_dates(document, "", today)
    yield from _check_slugs(document)
    for index, procedure in enumerate(document["procedures"]):
        for field, reason in check_procedure(procedure, document):
            yield f"procedures.{index} ({procedure['slug']}).{field}", reason


@functools.cache
def _validator() -> Draft202012Validator:
    schema = json.loads((settings.CATALOGUE_DIR / "vendor.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def _schema_finding(error: ValidationError) -> Finding:
    # A oneOf fails as a whole; the reason a person needs is the one nearest to a match.
    if error.context:
        error = _of_its_kind(error) or best_match([error]) or error
    where = ".".join(str(part) for part in error.absolute_path) or "(document)"
    return where, error.message if len(error.message) <= 300 else error.message[:300] + "…"


def _of_its_kind(error: ValidationError) -> ValidationError | None:
    """Return what is wrong with a setting among the rules of its own kind; with its kind, where that is unknown."""
    if not isinstance(error.instance, dict) or "kind" not in error.instance:
        return None
    wrong_kind = {found.schema_path[0] for found in error.context or () if list(found.path) == ["kind"]}
    own = [found for found in error.context or () if found.schema_path[0] not in wrong_kind]
    if own:
        return own[0]
    branches: Any = error.validator_value
    kinds = ", ".join(branch["properties"]["kind"]["const"] for branch in branches)
    error.message = f"{error.instance['kind']!r} is no kind of setting. Kinds: {kinds}"
    return error


def _check_links(document: Document) -> Iterator[Finding]:
    links = [("website", document["website"])]
    links += [(f"webforms.{i}.url", form["url"]) for i, form in enumerate(document["webforms"])]
    links += [(f"sources.{name}.url", source["url"]) for name, source in document["sources"].items() if "url" in source]
    for i, procedure in enumerate(document["procedures"]):
        url = procedure["facts"].get("recipient", {}).get("url")
        if url:
            links.append((f"procedures.{i}.facts.recipient.url", url))
    for where, url in links:
        reason = link_fault(url)
        if reason:
            yield where, reason


def link_fault(url: str) -> str:
    """Return why the text is no usable web link, or an empty string."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        return f"“{url}” is no link: {error}"
    if parts.scheme not in ("http", "https") or not parts.hostname or "." not in parts.hostname:
        return f"“{url}” must be a complete link that starts with https://"
    if re.search(r"[\s<>\"]", url):
        return f"“{url}” has a character that cannot stand in a link"
    return ""


def _check_addresses(document: Document) -> Iterator[Finding]:
    for i, entry in enumerate(document["emails"]):
        yield from check_email(f"emails.{i}.address", entry["address"])
    purposes = Counter(entry["purpose"] for entry in document["addresses"])
    for i, entry in enumerate(document["addresses"]):
        if entry["country"] not in country_codes():
            yield f"addresses.{i}.country", f"“{entry['country']}” is no ISO 3166-1 country code"
        if purposes[entry["purpose"]] > 1:
            yield (
                f"addresses.{i}.purpose",
                f"“{entry['purpose']}” names two addresses; a recipient could not tell them apart",
            )


def _claims(document: Document) -> Iterator[Finding]:
    """Yield where a source is named, and its name."""
    for group in ("addresses", "emails", "webforms"):
        for i, entry in enumerate(document[group]):
            yield f"{group}.{i}.source", entry["source"]
    for i, procedure in enumerate(document["procedures"]):
        facts = procedure["facts"]
        for j, name in enumerate(facts["sources"]):
            yield f"procedures.{i}.facts.sources.{j}", name
        for group in ("changes", "deadlines"):
            for j, entry in enumerate(facts.get(group, [])):
                yield f"procedures.{i}.facts.{group}.{j}.source", entry["source"]


def _check_sources(document: Document) -> Iterator[Finding]:
    used = set()
    for where, name in _claims(document):
        used.add(name)
        if name not in document["sources"]:
            yield where, f"there is no source called “{name}” in this file"
    for name in document["sources"]:
        if name not in used:
            yield f"sources.{name}", "no claim names this source; remove it, or name it where it belongs"


def _check_dates(node: Any, where: str, today: date) -> Iterator[Finding]:
    """Yield dates that are none, and days of reading or showing that lie ahead."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _check_dates(value, f"{where}.{key}".lstrip("."), today)
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from _check_dates(value, f"{where}.{i}", today)
    elif isinstance(node, str) and where.rpartition(".")[2] in ("date", "read", "effective_from"):
        yield from _check_date(where, node, today)


def _check_date(where: str, text: str, today: date) -> Iterator[Finding]:
    first_day = text + "-01-01"[len(text) - 4 :]  # 2024 and 2024-05 stand for their first day
    try:
        day = date.fromisoformat(first_day)
    except ValueError:
        yield where, f"“{text}” is no date"
        return
    may_lie_ahead = "effective_from" in where or "deadlines" in where
    if day > today and not may_lie_ahead:
        yield where, f"{text} is in the future"


def _check_slugs(document: Document) -> Iterator[Finding]:
    counted = Counter(procedure["slug"] for procedure in document["procedures"])
    for slug, times in counted.items():
        if times > 1:
            yield "procedures", f"“{slug}” is the slug of {times} procedures"
    for old, successor in document.get("retired", {}).items():
        if old in counted:
            yield f"retired.{old}", "a retired slug cannot be in use"
        if successor not in counted:
            yield f"retired.{old}", f"its successor “{successor}” is no procedure of this file"
