"""What there is to do or to look at where a request is carried out by one's own people."""

from collections.abc import Mapping
from typing import Any

from requests_app.catalogue.procedure import Procedure
from requests_app.drafting.formats import is_written


def checklist_of(procedure: Procedure) -> list[str]:
    """Return one line for each step of the procedure, then one for each setting with its value.

    Of a procedure that is written to the vendor there is none: its steps say how to send it, not what to look at.
    """
    if is_written(procedure):
        return []
    steps = [str(step) for step in procedure.facts.get("steps", ())]
    return steps + [line for setting in procedure.settings if (line := _line(setting))]


def _line(setting: Mapping[str, Any]) -> str:
    """Return a setting as `name = value`; one that has no name is told by the steps."""
    name = str(setting.get("name", ""))
    return f"{name} = {setting['value']}" if name and "value" in setting else name
