"""What everything that is sent has in common: the window to think again, and what stands in the way."""

import datetime

from django.utils.translation import gettext as _

from requests_app.delivery.pausing import paused_address
from requests_app.models import MailSettings, Organisation

# How long a person may think again after "Send it".
CANCEL_WINDOW = datetime.timedelta(seconds=30)


class SendingRefused(ValueError):
    """What is asked of the outbox cannot be done; says why. Nothing was changed."""


class TooSoon(SendingRefused):
    """A program may write to this address again later, or a person at any time."""


def mail_row(organisation: Organisation) -> MailSettings | None:
    """Return what the organisation has set up of its mail, if anything."""
    return MailSettings.objects.filter(organisation=organisation).first()


def settings_of(organisation: Organisation) -> MailSettings:
    """Return the settings that the organisation sends with. Raises SendingRefused where it cannot send."""
    return usable(organisation, mail_row(organisation))


def usable(organisation: Organisation, mail: MailSettings | None) -> MailSettings:
    """Return the settings if the organisation can send with them. Raises SendingRefused."""
    if organisation.is_demo:
        raise SendingRefused(_("This is demo data: it is never sent."))
    if mail is None or not mail.can_send:
        raise SendingRefused(_("Sending is not set up. An owner can do so in the settings, under Mail."))
    return mail


def check_not_paused(organisation: Organisation, address: str) -> None:
    """Raise SendingRefused for an address that mail bounced from, until a person lets it go on."""
    if paused_address(organisation, address):
        raise SendingRefused(paused_words(address))


def paused_words(address: str) -> str:
    """Return why nothing is sent to a paused address, and what to do."""
    words = _(
        "Mail to {address} came back as undeliverable, so sending there is paused. Write to another address, or "
        "let it go on."
    )
    return words.format(address=address)
