"""What each kind of event says. Every word of the vocabulary has a sentence; what it holds is filled in where known."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from requests_app.models import Action, Outcome, Purpose, ReminderKind, Status

Detail = Mapping[str, Any]

PERSONAL_WORDS = {
    "note": gettext_lazy("Note"),
    "name": gettext_lazy("Name"),
    "file_name": gettext_lazy("File"),
    "description": gettext_lazy("Description"),
    "subject": gettext_lazy("Subject"),
    "body": gettext_lazy("Text"),
    "values": gettext_lazy("Values"),
    "identifiers": gettext_lazy("Identifiers"),
    "recipient_email": gettext_lazy("Recipient’s e-mail"),
    "signatory": gettext_lazy("Signed by"),
    "recipient": gettext_lazy("Recipient"),
    "email": gettext_lazy("E-mail"),
    "reply": gettext_lazy("The mail server’s answer"),
    "sender": gettext_lazy("From"),
    "replaced": gettext_lazy("Replaces"),
    "query": gettext_lazy("Search"),
}


def sentence_of(action: str, detail: Detail) -> str:
    """Return what happened as a sentence without its subject, such as: recorded the outcome: Confirmed."""
    if action not in Action.values:
        return action  # written by a later version
    known = Action(action)
    if known in TOLD:
        return TOLD[known](detail)
    return str(SENTENCES.get(known, known.label))


def _status(detail: Detail) -> str:
    status = detail.get("to", "")
    words = Status(status).label if status in Status.values else status
    return _("set the status to {status}{day}").format(status=words, day=_day(detail)) + _source(detail)


def _outcome(detail: Detail) -> str:
    outcome = detail.get("outcome", "")
    words = Outcome(outcome).label if outcome in Outcome.values else outcome
    return _("closed the request: {outcome}{day}").format(outcome=words, day=_day(detail)) + _source(detail)


def _source(detail: Detail) -> str:
    """Return ", as a mail says" where the event rests on one."""
    return _(", as a mail that came in says") if detail.get("mail") else ""


def _drafted(detail: Detail) -> str:
    if "campaign" in detail:
        return _("drafted the request as part of a campaign")
    return _("drafted the request")


def _queued(detail: Detail) -> str:
    return {
        Purpose.FOLLOW_UP.value: _("queued a follow-up"),
        Purpose.ESCALATION.value: _("queued an escalation"),
        Purpose.ANSWER.value: _("queued an answer"),
    }.get(str(detail.get("purpose", "")), _("queued the message"))


def _cancelled(detail: Detail) -> str:
    if "purpose" in detail:
        return _("took the message back before it was sent")
    return _("took the message back before it was sent; the request is a draft again")


def _assigned(detail: Detail) -> str:
    person = detail.get("to")
    return _("made {person} responsible").format(person=person) if person else _("made nobody responsible")


def _submitted(detail: Detail) -> str:
    reference = detail.get("reference")
    if not reference:
        return _("recorded that it was sent{day}").format(day=_day(detail))
    return _("recorded that it was sent{day}, as {reference}").format(day=_day(detail), reference=reference)


def _version_seen(detail: Detail) -> str:
    said = _("looked at version {number} of the procedure and takes the request up again")
    if not detail.get("acts"):
        said = _("looked at version {number} of the procedure: the request is still right")
    return said.format(number=detail.get("to", ""))


def _promised(detail: Detail) -> str:
    return _("noted that the vendor promised an answer{day}").format(day=_day({"on": detail.get("until")}))


def _paused(detail: Detail) -> str:
    return _("paused the clock: the vendor waits for us{day}").format(day=_day(detail))


def _snoozed(detail: Detail) -> str:
    return _("put the reminder off{day}").format(day=_day({"on": detail.get("until")}))


def _kept(detail: Detail) -> str:
    return _("kept {name} exactly as it was handed over").format(name=detail.get("name") or _("the message"))


def _reply_moved(detail: Detail) -> str:
    return _("moved a reply from {before} to {after}").format(
        before=detail.get("from", "?"), after=detail.get("to", "?")
    )


def _day(detail: Detail) -> str:
    """Return " (3 November 2026)" where the event names the day on which it happened."""
    try:
        day = datetime.date.fromisoformat(str(detail.get("on", "")))
    except ValueError:
        return ""
    return f" ({formats.date_format(day, 'DATE_FORMAT')})"


def _evidence(detail: Detail) -> str:
    return _("kept an attachment of a mail as evidence") if detail.get("mail") else _("added evidence")


def _exported(detail: Detail) -> str:
    """Return what was taken out: the record of one request, or a list, of which the event says how long it was."""
    form, requests = str(detail.get("format", "")), detail.get("requests")
    if not form or not isinstance(requests, int):
        return _("took out the record")
    if form == "zip":
        said = ngettext(
            "took out an evidence pack of {n} request", "took out an evidence pack of {n} requests", requests
        )
    else:
        said = ngettext(
            "took out a list of {n} request as {form}", "took out a list of {n} requests as {form}", requests
        )
    return said.format(n=requests, form=form.upper())


def _kind(detail: Detail) -> str:
    kind = detail.get("kind", "")
    return str(ReminderKind(kind).label) if kind in ReminderKind.values else str(kind)


def _reminded(detail: Detail) -> str:
    said = _("reminded: {kind}")
    if detail.get("follow_up") == "due":
        said = _("reminded: {kind}; the message goes by itself")
    elif detail.get("follow_up"):
        said = _("reminded: {kind}; a text is ready")
    return said.format(kind=_kind(detail) or _("something is due"))


def _followed_up(detail: Detail) -> str:
    if not detail.get("kind"):
        return _("sent a follow-up")
    return _("recorded that it was sent by hand: {kind}").format(kind=_kind(detail))


def _dropped(detail: Detail) -> str:
    said = _("decided not to send it: {kind}")
    if detail.get("why") == "overtaken":
        said = _("did not send it, because the request has gone on: {kind}")
    return said.format(kind=_kind(detail))


def _escalated(detail: Detail) -> str:
    by_hand = detail.get("how") == "by_hand"
    return _("escalated the request by a letter of its own") if by_hand else _("escalated the request by e-mail")


def _reverified(detail: Detail) -> str:
    ticked, steps = detail.get("ticked"), detail.get("steps")
    if isinstance(ticked, list) and isinstance(steps, int) and steps:
        return _("checked again that it still holds, {ticked} of {steps} steps ticked{day}").format(
            ticked=len(ticked), steps=steps, day=_day(detail)
        )
    return _("checked again that it still holds{day}").format(day=_day(detail))


TOLD: dict[Action, Callable[[Detail], str]] = {
    Action.REQUEST_DRAFTED: _drafted,
    Action.REMINDER_SENT: _reminded,
    Action.FOLLOW_UP_SENT: _followed_up,
    Action.FOLLOW_UP_DROPPED: _dropped,
    Action.REQUEST_ESCALATED: _escalated,
    Action.REQUEST_REVERIFIED: _reverified,
    Action.STATUS_CHANGED: _status,
    Action.REQUEST_REOPENED: lambda detail: _("reopened the request{day}").format(day=_day(detail)),
    Action.OUTCOME_RECORDED: _outcome,
    Action.REQUEST_ASSIGNED: _assigned,
    Action.REQUEST_SUBMITTED: _submitted,
    Action.MESSAGE_HANDED_OVER: _kept,
    Action.EVIDENCE_ADDED: _evidence,
    Action.RECORD_EXPORTED: _exported,
    Action.ANSWER_PROMISED: _promised,
    Action.CLOCK_PAUSED: _paused,
    Action.CLOCK_RESUMED: lambda detail: _("let the clock go on{day}").format(day=_day(detail)),
    Action.REMINDER_SNOOZED: _snoozed,
    Action.REPLY_MOVED: _reply_moved,
    Action.MESSAGE_QUEUED: _queued,
    Action.MESSAGE_CANCELLED: _cancelled,
    Action.VERSION_CHANGE_SEEN: _version_seen,
}

SENTENCES = {
    Action.REQUEST_CHANGED: gettext_lazy("changed the draft"),
    Action.REVERIFICATION_SCHEDULED: gettext_lazy("set a day for checking again"),
    Action.CAMPAIGN_STARTED: gettext_lazy("started a campaign"),
    Action.CAMPAIGN_CHANGED: gettext_lazy("changed the name or the note of a campaign"),
    Action.MESSAGE_SENT: gettext_lazy("sent the message"),
    Action.MESSAGE_SEND_FAILED: gettext_lazy("could not send the message"),
    Action.MESSAGE_SEND_UNKNOWN: gettext_lazy("does not know whether the message went out"),
    Action.MESSAGE_APPROVED: gettext_lazy("approved that the message is sent"),
    Action.MESSAGE_DEFERRED: gettext_lazy("could not send the message yet and tries again later"),
    Action.MESSAGE_REQUEUED: gettext_lazy("queued the same message again"),
    Action.SENDING_PAUSED: gettext_lazy("held all mail back: the mail server refuses the settings"),
    Action.SENDING_RESUMED: gettext_lazy("let mail leave again"),
    Action.ADDRESS_PAUSED: gettext_lazy("paused sending to an address that mail bounces from"),
    Action.ADDRESS_RESUMED: gettext_lazy("let sending to an address go on"),
    Action.FOLLOW_UP_CHANGED: gettext_lazy("changed the text of the follow-up"),
    Action.BOUNCE_RECEIVED: gettext_lazy("received a bounce"),
    Action.REPLY_RECEIVED: gettext_lazy("received a reply"),
    Action.REPLY_HELD: gettext_lazy("held a reply back"),
    Action.REPLY_MATCHED: gettext_lazy("matched a reply to this request"),
    Action.REPLY_DISCARDED: gettext_lazy("discarded a reply"),
    Action.REPLY_RESTORED: gettext_lazy("took back a reply that was discarded"),
    Action.REPLY_SEEN: gettext_lazy("read a reply; nothing is to be done about it"),
    Action.SUGGESTION_LEFT: gettext_lazy("left the request as it is, whatever the reply suggests"),
    Action.NOTE_ADDED: gettext_lazy("wrote a note"),
    Action.EVIDENCE_SUPERSEDED: gettext_lazy("replaced evidence by a newer file; both are kept"),
    Action.EVIDENCE_REMOVED: gettext_lazy("removed evidence"),
    Action.PERSONAL_DATA_ERASED: gettext_lazy("erased personal data"),
}
