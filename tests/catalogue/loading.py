"""Brings documents into the database as a load of the catalogue does."""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from requests_app.catalogue.load import Report, load_catalogue

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def load_documents(*documents: dict[str, Any], now: datetime = NOW) -> Report:
    """Load these documents and no other: what they do not have is retired."""
    with TemporaryDirectory() as folder:
        for document in documents:
            (Path(folder) / f"{document['slug']}.yaml").write_text(json.dumps(document))
        return load_catalogue(Path(folder), now)
