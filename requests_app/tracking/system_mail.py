"""Whether an organisation's mail goes out and comes in."""

import datetime
from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.models import MailSettings, Organisation, OutgoingMail, SendState
from requests_app.tracking.system import Check, State

# What is due is sent within seconds; what still waits after that has nobody who sends it.
LATE_AFTER = datetime.timedelta(minutes=5)
# A mailbox is read once a minute.
UNREAD_AFTER = datetime.timedelta(minutes=10)


def sending(organisation: Organisation) -> Check:
    """Return what the mail server said last."""
    name = _("Mail out (SMTP)")
    mail = MailSettings.objects.filter(organisation=organisation).first()
    if mail is None or not mail.can_send:
        return Check(name, State.OK, _("Not set up: everything is handed over by hand."))
    if mail.sending_paused_at:
        hint = _("Correct the settings under Mail, or send yourself a test there.")
        return Check(name, State.BAD, _("All mail waits: {answer}").format(answer=mail.sending_paused_reason), hint)
    last = OutgoingMail.objects.filter(organisation=organisation, attempts__gt=0).order_by("-claimed_at").first()
    if last is None:
        return Check(name, State.WARN, _("Nothing has been sent yet."), _("Send yourself a test, under Mail."))
    text = _("The last attempt: {state}. {answer}").format(state=last.get_state_display(), answer=last.reply).strip()
    if last.state in (SendState.SENT, SendState.SENDING, SendState.CANCELLED):
        return Check(name, State.OK, text)
    return Check(name, State.WARN, text, _("Send yourself a test, under Mail."))


def outbox(organisation: Organisation) -> Check:
    """Return whether something waits for too long, or for a person."""
    name, now = _("Outbox"), timezone.now()
    mails = OutgoingMail.objects.filter(organisation=organisation)
    due = mails.filter(state=SendState.QUEUED, due_at__lt=now).count()
    late = mails.filter(state=SendState.QUEUED, due_at__lt=now - LATE_AFTER).count()
    doubt = mails.filter(state=SendState.UNKNOWN).count()
    text = _("{due} due, {doubt} in doubt.").format(due=due, doubt=doubt)
    if late:
        return Check(name, State.BAD, text, _("Look whether a worker runs, and whether sending waits for settings."))
    if doubt:
        return Check(name, State.WARN, text, _("Say on the page of each request whether its mail went out."))
    return Check(name, State.OK, text)


def reading(organisation: Organisation) -> Check:
    """Return when the mailbox was read last, and what went wrong then."""
    name, now = _("Mail in (IMAP)"), timezone.now()
    mail = MailSettings.objects.filter(organisation=organisation).exclude(imap_host="").first()
    if mail is None:
        return Check(name, State.OK, _("No mailbox is read."))
    hint = _("Look at the settings of the mailbox, under Mail, and read it there.")
    if mail.last_poll_error:
        return Check(name, State.BAD, mail.last_poll_error, hint)
    if mail.last_polled_at is None:
        return Check(name, State.WARN, _("It has not been read yet."), hint)
    text = _("Last read on {time} UTC.").format(time=f"{mail.last_polled_at.astimezone(datetime.UTC):%Y-%m-%d %H:%M}")
    late = now - mail.last_polled_at > UNREAD_AFTER
    return Check(name, State.BAD, text, _("Look whether a worker runs.")) if late else Check(name, State.OK, text)


OF_AN_ORGANISATION: tuple[Callable[[Organisation], Check], ...] = (sending, outbox, reading)


def checks_of(organisation: Organisation) -> list[Check]:
    """Return what was found about the mail of the organisation."""
    return [check(organisation) for check in OF_AN_ORGANISATION]
