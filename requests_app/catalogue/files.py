"""The catalogue as it is shipped: one file per vendor, read without a database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from requests_app.catalogue.procedure import Procedure, build_snapshot
from requests_app.catalogue.strict_yaml import read_yaml


class NoSuchProcedure(LookupError):
    """Names what was asked for and what there is instead."""


def vendor_files(directory: Path) -> list[Path]:
    """Return the vendor files of a catalogue folder, by name."""
    return sorted(directory.glob("*.yaml"))


def procedures_of(document: dict[str, Any]) -> list[Procedure]:
    """Return the procedures of one vendor document."""
    return [Procedure(build_snapshot(document, procedure)) for procedure in document["procedures"]]


def all_procedures(directory: Path) -> Iterator[Procedure]:
    """Yield every procedure of a catalogue folder, by vendor."""
    for path in vendor_files(directory):
        yield from procedures_of(read_yaml(path))


def find_procedure(name: str, directory: Path) -> Procedure:
    """Return the procedure called VENDOR/PROCEDURE; VENDOR alone will do where it has one procedure only.

    A retired name leads to its successor. Raises NoSuchProcedure, saying what there is.
    """
    vendor, _slash, slug = name.lower().partition("/")
    paths = {path.stem: path for path in vendor_files(directory)}
    if vendor not in paths:
        raise NoSuchProcedure(f"The catalogue has no vendor “{vendor}”. `draft --list` shows what it has.")
    document = read_yaml(paths[vendor])
    procedures = {procedure.content["slug"]: procedure for procedure in procedures_of(document)}
    if not slug and len(procedures) == 1:
        return next(iter(procedures.values()))
    slug = document.get("retired", {}).get(slug, slug)
    if slug not in procedures:
        there_is = ", ".join(f"{vendor}/{known}" for known in procedures) or "none"
        wrong = f"“{name}” is no procedure of the catalogue." if slug else f"{vendor} has several procedures."
        raise NoSuchProcedure(f"{wrong} Name one of: {there_is}.")
    return procedures[slug]
