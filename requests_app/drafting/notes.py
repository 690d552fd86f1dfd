"""What a person should know who drafts a request: the procedure's facts in one line each, in English as found."""

from collections.abc import Iterator
from datetime import date

from requests_app.catalogue.procedure import Freshness, Procedure

_KINDS = {
    "vendor_commitment": "the vendor's commitment",
    "legal_deadline": "a legal deadline",
    "time_to_take_effect": "until it takes effect",
}
_SINGLE = (("effect", "Effect"), ("confirmation", "What a confirmation looks like"))
_MANY = (("residual_uses", "Goes on after the opt-out"), ("caveats", "Mind"))


def notes_for(procedure: Procedure, today: date) -> list[str]:
    """Return one line for each thing to know: who may submit, how often, other ways, defaults, times, caveats, age."""
    facts = procedure.facts
    unit = procedure.optout["scope_unit"].replace("_", " ")
    notes = [f"Who may submit: {facts['who_may_submit']}"] if "who_may_submit" in facts else []
    notes.append(f"Repeat it for every {unit} that you have.")
    notes += _ways(procedure)
    notes += _defaults(procedure)
    if "response_time" in facts:
        stated = facts["response_time"]
        notes.append(f"Time: {stated['stated_as']} ({_KINDS[stated['kind']]})")
    notes += [f"{label}: {facts[name]}" for name, label in _SINGLE if name in facts]
    notes += [f"Since: {facts['effective_from']}"] if "effective_from" in facts else []
    notes += [f"Date: {entry['date']}: {entry['what']}" for entry in facts.get("deadlines", ())]
    notes += [f"{label}: {text}" for name, label in _MANY for text in facts.get(name, ())]
    notes += [f"Without a source: {text}" for text in procedure.content["unsourced"].values()]
    return [*notes, *_reliability(procedure, today)]


def _ways(procedure: Procedure) -> Iterator[str]:
    """Yield what there is beside the channel, the recipient and the subject that the request shows."""
    if procedure.channels[1:]:
        yield f"Also possible by: {', '.join(way.replace('_', ' ') for way in procedure.channels[1:])}"
    note = procedure.facts.get("recipient", {}).get("note")
    if note:
        yield f"About the recipient: {note}"
    subject = procedure.facts.get("subject_line", {"variants": ()})
    if subject["variants"]:
        yield f"The subject is also published as: {', '.join(f'“{text}”' for text in subject['variants'])}"
    if "note" in subject:
        yield f"About the subject: {subject['note']}"


def _defaults(procedure: Procedure) -> Iterator[str]:
    """Yield the defaults by plan, region and the like, and the rules by region."""
    for entry in procedure.facts.get("default_by", ()):
        fixed = ", cannot be changed" if entry.get("changeable") is False else ""
        yield f"Default by {entry['by'].replace('_', ' ')}: {entry['value']}: {entry['default']}{fixed}"
    for entry in procedure.facts.get("regions", ()):
        source = f" ({entry['note']})" if "note" in entry else ""
        yield f"By region, {entry['rule'].replace('_', ' ')}: {', '.join(entry['places'])}{source}"


def _reliability(procedure: Procedure, today: date) -> Iterator[str]:
    if procedure.facts["default_state"] == "conflicting_sources":
        yield "The sources contradict each other: check before you rely on them."
    if procedure.facts["confidence"] != "high":
        yield f"Confidence in the sources: {procedure.facts['confidence']}"
    if procedure.freshness(today) is not Freshness.FRESH:
        yield f"Sources last read on {procedure.verified_on}: check that the procedure still holds."
