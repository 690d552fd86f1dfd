"""What a mail is: a reply by a person, one by a program (RFC 3834), a bounce, or something else."""

import re
from typing import Any

from requests_app.intake.reading.message import Mail

REPLY, AUTO_REPLY, BOUNCE, OTHER = "reply", "auto_reply", "bounce", "other"

_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Autoreply-From", "X-Auto-Reply")
# Many languages; a hint only, since people write about their holidays, too.
_VACATION = re.compile(
    r"(auto(matic)?[- ]?reply|out of (the )?office|away from (my|the) (desk|office)|on vacation|"
    r"automatische antwort|abwesen(d|heit)|nicht im (büro|haus)|réponse automatique|absence du bureau|"
    r"respuesta automática|fuera de la oficina|risposta automatica|automatisch antwoord|afwezig)",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\s*(re|aw|antw|antwort|sv|vs|rif|ref|odp)\s*(\[\d+\])?\s*:", re.IGNORECASE)


def kind_of(message: Mail, bounce: dict[str, Any] | None, subject: str) -> tuple[str, str]:
    """Return the kind, and what in the mail shows it."""
    if bounce and bounce["is_failure"]:
        return BOUNCE, "report of a failed delivery"
    if bounce:
        return AUTO_REPLY, "report of a delivery that is delayed or done"
    automatic = automatic_by(message, subject)
    if automatic:
        return AUTO_REPLY, automatic
    if _header(message, "List-Id") or _header(message, "Precedence") in ("list", "bulk", "junk"):
        return OTHER, "mail to many"
    if message["In-Reply-To"] or message["References"]:
        return REPLY, "In-Reply-To or References"
    return (REPLY, "subject") if _ANSWER.match(subject) else (OTHER, "no sign of an answer")


def automatic_by(message: Mail, subject: str) -> str:
    """Return which header says that a program answered (RFC 3834, section 5, and older customs); empty for none."""
    submitted = _header(message, "Auto-Submitted").partition(";")[0].strip()
    if submitted and submitted != "no":
        return f"Auto-Submitted: {submitted[:40]}"
    named = next((name for name in _AUTOMATIC if _header(message, name) not in ("", "no", "false")), "")
    if named:
        return named
    precedence = _header(message, "Precedence")
    if precedence in ("auto_reply", "auto-reply"):
        return "Precedence: auto_reply"
    answers = bool(message["In-Reply-To"] or message["References"])
    if precedence in ("bulk", "junk") and answers:
        return f"Precedence: {precedence}"
    return _hinted(message, subject)


def _hinted(message: Mail, subject: str) -> str:
    """Return a reason where the subject speaks of an absence and a second, weaker sign agrees."""
    if not _VACATION.search(subject):
        return ""
    null_path = "<>" in _header(message, "Return-Path")
    suppressed = _header(message, "X-Auto-Response-Suppress")
    return "subject, and no wish to be answered" if null_path or suppressed else ""


def _header(message: Mail, name: str) -> str:
    return str(message.get(name, "")).strip().lower()
