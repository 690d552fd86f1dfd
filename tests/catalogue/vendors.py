"""A small, faultless vendor document that tests change in one place."""

import copy
from typing import Any

TEXTS = {"en": "Text", "de": "Text", "fr": "Texte"}

_VENDOR: dict[str, Any] = {
    "slug": "acme",
    "name": "Acme (an Example company)",
    "website": "https://acme.example.com",
    "legal_names": ["Acme Inc."],
    "sources": {
        "terms-2026-01-02": {
            "kind": "vendor_page",
            "url": "https://acme.example.com/terms",
            "date": "2026-01-02",
            "date_kind": "shown on page",
            "read": "2026-11-01",
        }
    },
    "addresses": [
        {
            "purpose": "privacy requests",
            "country": "US",
            "lines": ["1 Example Street", "Springfield, CA 90000", "United States"],
            "source": "terms-2026-01-02",
        }
    ],
    "emails": [{"address": "privacy@example.com", "role": "privacy requests", "source": "terms-2026-01-02"}],
    "webforms": [],
    "procedures": [
        {
            "slug": "training",
            "facts": {
                "product": "Acme Cloud",
                "data_use": "Training of models on customer data",
                "default_state": "opted_in_by_default",
                "channel": "email",
                "scope": "workspace",
                "recipient": {"email": "privacy@example.com"},
                "sources": ["terms-2026-01-02"],
                "confidence": "high",
            },
            "optout": {
                "title": TEXTS,
                "ask": dict.fromkeys(("en", "de", "fr"), "Please exclude {{ workspace_url }}."),
                "scope_unit": "workspace",
                "retroactive": "not_stated",
                "grounds": ["vendor_choice"],
                "recipient": {"address": "privacy requests"},
                "fields": ["workspace_url"],
                "follow_up_days": 14,
            },
        }
    ],
}


def vendor_document(**changes: Any) -> dict[str, Any]:
    """Return a copy of the document; each change names a path with double underscores, such as procedures__0__slug."""
    document = copy.deepcopy(_VENDOR)
    for path, value in changes.items():
        *parents, last = [int(part) if part.isdigit() else part for part in path.split("__")]
        node: Any = document
        for part in parents:
            node = node[part]
        node[last] = value
    return document
