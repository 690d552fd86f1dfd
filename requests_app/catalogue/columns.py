"""What lists, filters and search need of a procedure, taken from its snapshot."""

import re
from collections.abc import Mapping
from typing import Any

from requests_app.catalogue.procedure import Procedure

# Who may submit is free text in the facts; the first word that occurs says which kind of person it is.
SUBMITTERS = (
    ("owner", r"\bowners?\b"),
    ("admin", r"\b(admins?|administrators?|super admins?|developers?|api client|endpoint|management account)\b"),
    ("account_holder", r"\b(account holders?|users?|members?|subscribers?|subscriber|contributors?|each)\b"),
    ("person", r"\b(data subject|residents?|reader|person)\b"),
)


def submitter_of(procedure: Procedure) -> str:
    """Return which kind of person may submit: owner, admin, account_holder, person, other, or not_stated."""
    text = procedure.facts.get("who_may_submit", "").lower()
    if not text:
        return "not_stated"
    found = [(match.start(), kind) for kind, pattern in SUBMITTERS if (match := re.search(pattern, text))]
    return min(found)[1] if found else "other"


def plans_of(procedure: Procedure) -> list[str]:
    """Return the plans that the facts tell apart, one by one."""
    values = [entry["value"] for entry in procedure.facts.get("default_by", []) if entry["by"] == "plan"]
    return [plan.strip() for value in values for plan in re.split(r"[/,]| and ", value) if plan.strip()]


def columns_of(procedure: Procedure) -> dict[str, Any]:
    """Return the values of the columns of models.Procedure."""
    facts, optout, vendor = procedure.facts, procedure.optout, procedure.content["vendor"]
    words = [
        vendor["name"],
        vendor["slug"],
        *vendor["legal_names"],
        procedure.name,
        facts["product"],
        facts["data_use"],
        *facts.get("data_in_scope", []),
        *optout["title"].values(),
        facts.get("who_may_submit", ""),
        facts.get("effect", ""),
        *facts.get("caveats", []),
    ]
    return {
        "channel": procedure.channel,
        "default_state": facts["default_state"],
        "title": optout["title"],
        "product": facts["product"],
        "submitter": submitter_of(procedure),
        "plans": "|".join(plans_of(procedure))[:300],
        "scope_unit": optout["scope_unit"],
        "confidence": facts["confidence"],
        "verified_on": procedure.verified_on,
        "search_text": " ".join(words).casefold(),
    }


def vendor_search_text(content: Mapping[str, Any]) -> str:
    """Return what a search for a vendor looks through, casefolded."""
    words = [content["name"], content["slug"], content["website"], *content["legal_names"], content.get("note", "")]
    words += [entry["address"] for entry in content["emails"]]
    return " ".join(words).casefold()
