"""Who signed a mail (DKIM), and whether it is from whom it says (DMARC), where no server that is trusted said so.

The keys are looked up here; what the mail holds is looked into in the process that reads mail.
"""

from collections.abc import Callable
from functools import lru_cache

from authheaders.dmarc_lookup import DMARCException, get_org_domain, receiver_record
from django.conf import settings

from requests_app.intake.authenticity import OURSELVES
from requests_app.intake.reading.client import MailTooMuch, verify_signatures
from requests_app.intake.reading.file_types import is_compound_file
from requests_app.intake.resolver import NoAnswerInTime, TextRecords
from requests_app.intake.senders import NOT_CHECKED, Parsed, authserv_of, domain_of, sender_of
from requests_app.models import MailSettings
from requests_app.processes.child import ChildError

Lookup = Callable[[str], list[str]]
# A sender can add as many as fit into a mail; each costs look-ups.
_MOST_SIGNATURES = 3
# With 2 for the signatures within the 10 that a mail may cost.
_DNS_SECONDS = 3
_SLOW = 4


def checked_sender(raw: bytes, parsed: Parsed, spent: float) -> dict[str, str]:
    """Return what check_sender finds in the time that is left of a mail's 10 seconds; empty where it need not look.

    That is so where CHECK_SENDERS is off, and where a server that some organisation trusts has looked already. `spent`
    is how many seconds the mail took until now. Call it outside a transaction: it waits for the network.
    """
    if not settings.CHECK_SENDERS or spent > _SLOW or _is_checked(parsed):
        return {}
    return check_sender(raw, parsed, TextRecords(_DNS_SECONDS))


def _is_checked(parsed: Parsed) -> bool:
    by = authserv_of(parsed)
    return bool(by) and MailSettings.objects.filter(authserv_id__iexact=by).exists()


def check_sender(raw: bytes, parsed: Parsed, lookup: Lookup) -> dict[str, str]:
    """Return dmarc, spf, dkim, by and domain, as senders.authenticity_of does; "trouble" where it cannot be checked.

    `lookup` returns the TXT records at a name and raises NoAnswerInTime. DMARC either passes by a signature or is not
    checked: SPF (RFC 7208) needs the address of the server that delivered the mail, which is not known here.
    """
    found = {"dmarc": NOT_CHECKED, "spf": NOT_CHECKED, "dkim": NOT_CHECKED, "by": "", "domain": ""}
    found["domain"] = domain_of(sender_of(parsed))
    if not found["domain"] or is_compound_file(raw):  # Outlook keeps no mail as it was signed.
        return found
    try:
        return found | {"by": OURSELVES} | _checked(raw, found["domain"], parsed.get("signatures", []), lookup)
    except NoAnswerInTime:
        return found | {"trouble": "dns"}
    except (MailTooMuch, ChildError):
        return found | {"trouble": "size"}


def _checked(raw: bytes, domain: str, signatures: list[dict[str, str]], lookup: Lookup) -> dict[str, str]:
    if not signatures:
        return {"dkim": "none"}
    holding = _holding(raw, domain, signatures, lookup)
    if not holding:
        return {"dkim": "fail"}
    aligned = {signer for signer in holding if _is_aligned(signer, domain)}
    if not aligned:
        return {"dkim": "pass", "why": "unaligned"}
    policy = _policy(domain, lookup)
    if not policy.get("p"):
        return {"dkim": "pass", "why": "no policy"}
    # Strict alignment (RFC 7489, section 3.1.1): the very domain.
    if policy.get("adkim") == "s" and domain not in aligned:
        return {"dkim": "pass", "why": "unaligned"}
    return {"dkim": "pass", "dmarc": "pass"}


def _holding(raw: bytes, domain: str, signatures: list[dict[str, str]], lookup: Lookup) -> set[str]:
    """Return the domains whose signatures hold; those that DMARC may rest on are looked at first."""
    ordered = sorted(signatures, key=lambda one: not _is_aligned(one["domain"], domain))
    names = {_key_name(one) for one in ordered[:_MOST_SIGNATURES]}
    keys = {name: next(iter(lookup(name)), "") for name in sorted(names)}
    results = zip(signatures, verify_signatures(raw, keys), strict=False)
    return {signature["domain"] for signature, result in results if result == "pass"}


def _key_name(signature: dict[str, str]) -> str:
    """Return where the key of a signature stands (RFC 6376, section 3.6.2.1)."""
    return f"{signature['selector']}._domainkey.{signature['domain']}".lower()


def _is_aligned(signer: str, domain: str) -> bool:
    return signer == domain or organisational_domain(signer) == organisational_domain(domain)


@lru_cache(maxsize=1000)
def organisational_domain(domain: str) -> str:
    """Return the part of a domain that somebody registered, by the Public Suffix List: acme.co.uk of a.acme.co.uk."""
    return str(get_org_domain(domain) or domain)


def _policy(domain: str, lookup: Lookup) -> dict[str, str]:
    """Return the tags of the DMARC record of the domain, else of its organisational domain; empty for none."""

    def record(name: str) -> str | None:
        # Two of them are none (RFC 7489, section 6.6.3).
        found = [text for text in lookup(name) if text.startswith("v=DMARC1")]
        return found[0] if len(found) == 1 else None

    try:
        tags: dict[str, str] = receiver_record(domain, dnsfunc=record)[0]
    except DMARCException:
        return {}
    return tags
