"""What changed: the dated history of a vendor's terms, and the difference between two versions of a procedure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.catalogue.sources import SourceLine, source_line
from requests_app.models import ProcedureVersion
from requests_app.models.languages import in_language


@dataclass
class TermsChange:
    """One change of a vendor's terms, and the procedures whose facts tell of it."""

    when: str
    date: str
    what: str
    source: SourceLine
    procedures: list["Told"] = field(default_factory=list)


class Told(NamedTuple):
    """A procedure whose facts tell of a change."""

    pk: int
    title: str


def latest_versions(**of: Any) -> QuerySet[ProcedureVersion]:
    """Return the last version of each procedure that the filter names, with its procedure."""
    newest = ProcedureVersion.objects.filter(procedure=OuterRef("procedure")).order_by("-number").values("number")[:1]
    versions = ProcedureVersion.objects.filter(**of, number=Subquery(newest))
    return versions.select_related("procedure").order_by("procedure__slug")


def terms_history(versions: Iterable[ProcedureVersion], language: str) -> list[TermsChange]:
    """Return every change that the versions tell of, once, newest first; those without a date last, as found."""
    found: dict[tuple[str, str, str], TermsChange] = {}
    for version in versions:
        for change in changes_of(version.content):
            known = found.setdefault((change.when, change.what, change.source.text), change)
            known.procedures.append(Told(version.procedure_id, in_language(version.procedure.title, language)))
    return newest_first(found.values())


def changes_of(content: Mapping[str, Any]) -> list[TermsChange]:
    """Return the changes of one snapshot, in the order in which they stand there."""
    entries = Snapshot(content).facts.get("changes", ())
    return [
        TermsChange(entry["when"], entry["date"] or "", entry["what"], source_line(entry["source"]))
        for entry in entries
    ]


def newest_first(changes: Iterable[TermsChange]) -> list[TermsChange]:
    """Return them by date, the newest on top. A month comes after the days in it; no date comes last."""
    return sorted(changes, key=lambda change: change.date, reverse=True)
