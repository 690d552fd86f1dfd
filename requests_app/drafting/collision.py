"""Two people at one draft: what each of them wrote, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from requests_app.drafting.forms import PREFIX, DraftForm
from requests_app.models import Event, OptOutRequest, User


@dataclass(frozen=True)
class Difference:
    """One field that two people filled differently."""

    label: str
    saved: str
    typed: str


def differences(current: OptOutRequest, typed: Mapping[str, Any], form: DraftForm) -> list[Difference]:
    """Return the fields in which what was typed differs from what somebody else saved."""
    pairs = [
        (str(form.fields[PREFIX + name].label), current.values.get(name, ""), value)
        for name, value in typed["values"].items()
    ]
    for name in ("subject", "body", "ground", "locale"):
        label = form.fields[name].label if name in form.fields else name
        pairs.append((str(label), getattr(current, name), typed[name]))
    return [Difference(label, saved, value) for label, saved, value in pairs if saved != value]


def last_editor(current: OptOutRequest) -> User | None:
    """Return who wrote the last event of the request, if it was a person who still has an account."""
    actor = Event.objects.filter(stream=current.stream_id).order_by("-sequence").values_list("actor", flat=True).first()
    kind, _, pk = (actor or "").partition(":")
    return User.objects.filter(pk=pk).first() if kind == "user" else None
