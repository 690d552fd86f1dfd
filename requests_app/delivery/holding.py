"""When the mail server refuses the settings themselves, everything waits: no mail is to blame for a wrong password."""

from django.db import transaction
from django.utils import timezone

from requests_app.delivery.smtp import Fate, Result
from requests_app.models import Action, EventStream, MailSettings, Organisation, Source, Subject, record_event

# At these steps nothing has been said yet about a mail or its recipient; at the last one only whom it is from.
_STEPS = ("connect", "ehlo", "starttls", "auth", "mail")


def held_because(organisation: Organisation) -> str:
    """Return what the mail server says of the settings that it refuses, or nothing where mail leaves."""
    held = MailSettings.objects.filter(organisation=organisation, sending_paused_at__isnull=False)
    reason = held.values_list("sending_paused_reason", flat=True).first()
    return "" if reason is None else reason or "–"


def is_fault_of_settings(result: Result) -> bool:
    """Return whether the next mail would be refused just the same."""
    return result.fate is Fate.REFUSED and result.step in _STEPS


def hold_back(mail: MailSettings, result: Result) -> None:
    """Let all mail of the organisation wait, with what the server said; once, and not if they were changed since."""
    now = timezone.now()
    with transaction.atomic():
        row = MailSettings.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=mail.pk)
        if row.sending_paused_at or what_signs_in(row) != what_signs_in(mail):
            return
        row.sending_paused_at, row.sending_paused_reason = now, result.text[:1000]
        row.save(update_fields=["sending_paused_at", "sending_paused_reason"])
        record_event(
            EventStream.of_organisation(row.organisation),
            Action.SENDING_PAUSED,
            actor="clock",
            source=Source.CLOCK,
            subject=Subject.of(row),
            detail={"step": result.step, "code": result.code},
            personal={"reply": result.text} if result.text else None,
        )


def let_go(mail: MailSettings, actor: str) -> bool:
    """Let mail leave again, and return whether it waited; call it in the transaction of the change, if there is one."""
    with transaction.atomic():
        waiting = MailSettings.objects.filter(pk=mail.pk, sending_paused_at__isnull=False)
        if not waiting.update(sending_paused_at=None, sending_paused_reason=""):
            return False
        mail.sending_paused_at, mail.sending_paused_reason = None, ""
        record_event(
            EventStream.of_organisation(mail.organisation),
            Action.SENDING_RESUMED,
            actor=actor,
            source=Source.WEB,
            subject=Subject.of(mail),
            detail={},
        )
    return True


def what_signs_in(mail: MailSettings) -> tuple[object, ...]:
    """Return whose settings these are and all that a session with the server rests on."""
    return (
        mail.pk,
        mail.smtp_host,
        mail.smtp_port,
        mail.smtp_tls,
        mail.smtp_user,
        mail.smtp_password,
        mail.from_address,
    )
