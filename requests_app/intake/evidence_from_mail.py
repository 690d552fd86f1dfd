"""A file that came with a mail, kept as evidence of the mail's request."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from requests_app.delivery.evidence import EvidenceRefused, record_evidence, stored
from requests_app.intake.filing import locked_request
from requests_app.intake.reading.client import read_attachment
from requests_app.intake.senders import sender_of
from requests_app.models import Evidence, InboundMail, Membership


def keep_attachment(membership: Membership, mail: InboundMail, part: int) -> Evidence:
    """Keep the attachment as evidence of the mail's request and return it.

    Raises EvidenceRefused, also where the request has the same file already, and what read_attachment raises; then
    nothing is kept.
    """
    named = attachment_of(mail, part)
    if named is None or mail.request_id is None:
        raise EvidenceRefused(_("File the mail in a request first; then its attachments can be kept as evidence."))
    upload = SimpleUploadedFile("file", read_attachment(bytes(mail.raw), part))
    upload.name = named["name"]
    with stored(upload) as kept, transaction.atomic():
        request = locked_request(mail.request_id)
        # Under the lock of its request: two clicks at the same time keep it once.
        if request.evidence.filter(sha256=kept.sha256).exists():
            raise EvidenceRefused(_("The same file is evidence of this request already."))
        return record_evidence(membership, request, kept, _description(mail), {"mail": mail.pk})


def _description(mail: InboundMail) -> str:
    sender, subject = sender_of(mail.parsed), mail.parsed.get("subject", "")
    return _("Came with the mail “{subject}” from {sender}").format(subject=subject, sender=sender)[:300]


def attachment_of(mail: InboundMail, part: int) -> dict[str, str] | None:
    """Return what was read about the attachment of that number, None where the mail has none."""
    return next((one for one in mail.parsed.get("attachments", []) if one["part"] == part), None)
