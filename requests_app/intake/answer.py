"""What scripts are told about a mail that was taken in."""

from typing import Any

from requests_app.models import InboundMail, InboundState

# Scripts know three states: what is set aside for its size or slowness could not be read, what waits is held.
_STATES = {
    InboundState.MATCHED: "matched",
    InboundState.FAILED: "failed",
    InboundState.QUARANTINED: "failed",
}


def answer_of(mail: InboundMail) -> dict[str, Any]:
    """Return the mail as JSON takes it; of one that came twice, what became of the first."""
    if mail.duplicate_of:
        return answer_of(mail.duplicate_of)
    parsed = mail.parsed
    attachments = parsed.get("attachments", [])
    return {
        "id": mail.pk,
        "state": _STATES.get(InboundState(mail.state), "held"),
        "request": (mail.request.reference or str(mail.request.pk)) if mail.request else None,
        "kind": mail.kind,
        "reason": mail.reason or ("not_read_yet" if mail.state == InboundState.STORED else ""),
        "subject": parsed.get("subject", ""),
        "from": next(iter(_addresses(parsed, "from")), ""),
        "to": _addresses(parsed, "to"),
        "date": parsed.get("date", ""),
        "message_id": parsed.get("message_id", ""),
        "text": parsed.get("text", ""),
        "attachments": [{name: one[name] for name in ("name", "type", "size", "sha256")} for one in attachments],
    }


def _addresses(parsed: dict[str, Any], name: str) -> list[str]:
    return [person["address"] for person in parsed.get(name, [])]
