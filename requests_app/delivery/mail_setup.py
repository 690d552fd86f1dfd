"""Setting up how an organisation sends mail, and trying it out."""

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.catalogue.email_address import ascii_address
from requests_app.delivery.compose import new_mail_id
from requests_app.delivery.holding import let_go
from requests_app.delivery.sending import SendingRefused
from requests_app.delivery.smtp import Connection, Ended, Fate, Result
from requests_app.models import Action, EventStream, MailSettings, Membership, Source, Subject, record_event
from requests_app.people.ownership import lock_for_owner

SECRETS = {"smtp_password", "imap_password"}
PERSONAL = {"smtp_user", "imap_user", "from_name", "from_address", "reply_address"}
# Seconds for each step while somebody looks at the page.
PATIENCE = 10


def mail_of(membership: Membership) -> MailSettings:
    """Return the organisation's mail settings, or new ones that are not saved."""
    organisation = membership.organisation
    return MailSettings.objects.filter(organisation=organisation).first() or MailSettings(organisation=organisation)


def change_mail(membership: Membership, values: Mapping[str, Any]) -> MailSettings:
    """Save the settings that have other values than before, and one event; of a password it says only that it changed.

    An empty password keeps the one that is there.
    """
    with transaction.atomic():
        lock_for_owner(membership)
        mail = mail_of(membership)
        changed = {
            name: {"from": getattr(mail, name), "to": value}
            for name, value in values.items()
            if getattr(mail, name) != value and (value or name not in SECRETS)
        }
        if mail.pk:
            let_go(mail, membership.actor)  # also unchanged: whoever saves says that it is right
        if not changed:
            return mail
        for name in changed:
            setattr(mail, name, values[name])
        mail.save()
        record_event(
            EventStream.of_organisation(membership.organisation),
            Action.SETTINGS_CHANGED,
            actor=membership.actor,
            source=Source.WEB,
            subject=Subject.of(mail),
            detail={
                "mail": {name: change for name, change in changed.items() if name not in PERSONAL | SECRETS},
                "passwords": sorted(SECRETS & set(changed)),
            },
            personal={name: change for name, change in changed.items() if name in PERSONAL},
        )
    return mail


def send_trial(membership: Membership) -> Result:
    """Send a mail to the person who asks, right now, and return what the server said. Raises SendingRefused."""
    mail = mail_of(membership)
    if membership.organisation.is_demo:
        raise SendingRefused(_("This is demo data: it is never sent."))
    if not mail.can_send:
        raise SendingRefused(_("Save a server and an address to send from first."))
    try:
        connection = Connection.open(mail, patience=PATIENCE)
    except Ended as ended:
        return ended.result
    result = connection.send(mail.from_address, membership.user.email, _trial(mail, membership.user.email))
    connection.close()
    if result.fate is Fate.SENT:
        let_go(mail, membership.actor)
    return result


def _trial(mail: MailSettings, recipient: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=mail.from_name, addr_spec=ascii_address(mail.from_address))
    message["To"] = Address(addr_spec=ascii_address(recipient))
    message["Subject"] = _("Optout can send mail")
    message["Date"] = format_datetime(timezone.now())
    message["Message-ID"] = new_mail_id(mail.from_address)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        _("You asked for this mail on the page of the mail settings. It arrived, so sending works.") + "\n"
    )
    return message.as_bytes()
