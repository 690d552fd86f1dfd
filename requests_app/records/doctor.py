"""All that `doctor` looks at: the machine, as the system page shows it, the backups and the keys."""

import datetime

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app.models import Checkpoint, Organisation
from requests_app.models.secret import EncryptedTextField, SecretUnreadable
from requests_app.records.backups.backup import last_backup
from requests_app.records.signing_key import fingerprint, public_key
from requests_app.tracking.system import Check, State, checks_of_the_machine

# A backup each night, of which one may fail.
OLD = datetime.timedelta(days=2)


def checks() -> list[Check]:
    """Return what was found about each thing, in a fixed order; of the machine alone while the database is silent."""
    found = checks_of_the_machine()
    if found[0].state is State.BAD:
        return found
    return [*found, backups(timezone.now()), signing_key(), field_key()]


def backups(now: datetime.datetime) -> Check:
    """Return how old the last backup is, of an installation that has anything to lose."""
    name, hint = _("Backup"), _("Run each night: manage.py backup FILE")
    made_at = last_backup()
    if made_at is None:
        state = State.WARN if Organisation.objects.exists() else State.OK
        return Check(name, state, _("None has been made here."), hint if state is State.WARN else "")
    days = max(0, (now - made_at).days)
    text = ngettext("The last one is {number} day old.", "The last one is {number} days old.", days).format(number=days)
    return Check(name, State.WARN, text, hint) if now - made_at > OLD else Check(name, State.OK, text)


def signing_key() -> Check:
    """Return whether the last checkpoint was signed with the key that is here."""
    name, public = _("Key that signs checkpoints"), public_key()
    text = _("Its fingerprint is {fingerprint}.").format(fingerprint=fingerprint(public))
    last = Checkpoint.objects.order_by("-made_at").values_list("public_key", flat=True).first()
    if last and last != public:
        hint = _("Put the file signing_key back from the backup, unless you changed the key on purpose.")
        return Check(name, State.WARN, text + " " + _("The last checkpoint was signed with another one."), hint)
    return Check(name, State.OK, text)


def field_key() -> Check:
    """Return whether every secret in the database can be read with the keys that are here."""
    name = _("Key that encrypts secrets")
    columns = (
        model._base_manager.values_list(field.name, flat=True)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    )
    try:
        number = sum(bool(secret) for column in columns for secret in column)
    except SecretUnreadable:
        text = _("It does not fit all that was encrypted.")
        hint = _("Set FIELD_KEY to the key of that time, or put the file field_key back from the backup.")
        return Check(name, State.BAD, text, hint)
    words = ngettext("{number} secret can be read.", "{number} secrets can be read.", number)
    return Check(name, State.OK, words.format(number=number))
