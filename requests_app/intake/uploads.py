"""Mail that a person brings as a file: stored first, then filed as any other, or where that person says."""

from django.utils.translation import gettext as _

from requests_app.intake.filing import Hand, file_mail
from requests_app.intake.reading.caps import MOST_BYTES
from requests_app.intake.reading.file_types import is_mail
from requests_app.intake.storing import store_mail
from requests_app.intake.triage import move_mail
from requests_app.models import InboundMail, InboundState, Membership, OptOutRequest, Way


class UploadRefused(ValueError):
    """A file that is not taken in; says why, and what to do."""


def take_upload(membership: Membership, raw: bytes, opt_out_request: OptOutRequest | None = None) -> InboundMail:
    """Store the mail and file it: into that request on the person's word, else where it says itself. Return its row.

    One that came before, by whatever way, is that row: where it was held it is filed now, where it is filed elsewhere
    or was discarded it stays so. A mail to another organisation's request is held. Raises UploadRefused, and
    ChildUnavailable where no mail can be read; it is stored then, and filed later.
    """
    if len(raw) > MOST_BYTES:
        raise UploadRefused(_("The file is larger than 25 MB."))
    if not is_mail(raw):
        raise UploadRefused(
            _("This is no e-mail. Save the message in your mail program as a file that ends in .eml or .msg.")
        )
    stored = store_mail(raw, Way.UPLOAD, organisation=membership.organisation)
    row = file_mail(stored, Hand(membership.actor, opt_out_request))
    row = row.duplicate_of or row
    if opt_out_request and row.state == InboundState.HELD and row.reason != "other_organisation":
        return move_mail(membership, row, opt_out_request, "upload")
    return row
