"""Which mail is a copy of what one of our own people sent to the vendor by another way."""

from requests_app.intake.senders import Parsed, domain_of, domains_of, is_of, sender_of
from requests_app.models import MailSettings, OptOutRequest, Status

# In InboundMail.reason; the address of one request has to be on the mail, and nothing else will do.
OWN_COPY = "own_copy"


def is_own_copy(parsed: Parsed, opt_out_request: OptOutRequest) -> bool:
    """Return whether the mail, which carries the request's own address, says that one of our own people wrote it.

    Of a request that has gone out already, it must have gone to the vendor as well: somebody may pass an answer on.
    """
    sender = sender_of(parsed).lower()
    if parsed.get("kind") in ("auto_reply", "bounce") or not sender:
        return False
    # The vendor's own first: nearly every mail, and no query is asked.
    if is_of(domain_of(sender), domains_of(opt_out_request.workspace.vendor)):
        return False
    if sender not in _our_addresses(opt_out_request):
        return False
    if opt_out_request.status == Status.DRAFT:
        return True
    vendor = (opt_out_request.snapshot or {}).get("recipient", {}).get("email", "").lower()
    return bool(vendor) and vendor in (address.lower() for address in parsed.get("recipients", []))


def _our_addresses(opt_out_request: OptOutRequest) -> set[str]:
    organisation = opt_out_request.organisation
    members = organisation.memberships.values_list("user__email", flat=True)
    signs = (opt_out_request.snapshot or {}).get("values", opt_out_request.values).get("signatory_email", "")
    mail = MailSettings.objects.filter(organisation=organisation).first()
    named = [*members, signs, organisation.signatory_email, mail.from_address if mail else ""]
    return {address.lower() for address in named if address}
