"""Who sent a mail, and whether that is the vendor."""

import re
from typing import Any
from urllib.parse import urlsplit

from requests_app.models import OptOutRequest, Vendor

Parsed = dict[str, Any]
NOT_CHECKED = "not checked"
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\b(dmarc|spf|dkim)\s*=\s*([a-z]{1,12})", re.IGNORECASE)
_FROM = re.compile(r"header\.from\s*=\s*\"?([a-z0-9.-]+)", re.IGNORECASE)


def sender_of(parsed: Parsed) -> str:
    """Return the address of whoever the mail says it is from; empty unless it names exactly one."""
    people = parsed.get("from", [])
    return str(people[0]["address"]) if len(people) == 1 else ""


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].strip().lower().rstrip(".")


def domains_of(vendor: Vendor) -> set[str]:
    """Return the domains that the catalogue knows to be the vendor's: of its website and of its addresses."""
    site = (urlsplit(vendor.website).hostname or "").removeprefix("www.")
    mail = {domain_of(email["address"]) for email in vendor.content.get("emails", [])}
    return {domain for domain in {site, *mail} if "." in domain}


def is_of(domain: str, known: set[str]) -> bool:
    """Return whether the domain is one of the known ones or below one."""
    return any(domain == other or domain.endswith(f".{other}") for other in known)


def authenticity_of(parsed: Parsed, authserv_id: str) -> dict[str, str]:
    """Return what the organisation's own server found about the sender (RFC 8601): dmarc, spf, dkim, by whom.

    The uppermost header alone counts, and only where the organisation named that server: every other one may have been
    written by the sender. "Not checked" stands for what nobody whom we trust has looked at.
    """
    found = {"dmarc": NOT_CHECKED, "spf": NOT_CHECKED, "dkim": NOT_CHECKED, "by": "", "domain": ""}
    found["domain"] = domain_of(sender_of(parsed))
    by = authserv_of(parsed)
    if not by or by != authserv_id.lower():
        return found
    text = _COMMENT.sub("", parsed["authentication"][0])
    for method, result in _RESULT.findall(text):
        # One of several signatures that holds is enough; nothing else outdoes a failure.
        if found[method.lower()] != "pass":
            found[method.lower()] = result.lower()
    aligned = _FROM.search(text)
    if aligned and aligned[1].lower().rstrip(".") != found["domain"]:
        found["dmarc"] = "fail"
    return found | {"by": by}


def authserv_of(parsed: Parsed) -> str:
    """Return how the server names itself that wrote the uppermost Authentication-Results; empty for none."""
    headers = parsed.get("authentication", [])
    named = _COMMENT.sub("", headers[0]).partition(";")[0].split() if headers else []
    return named[0].lower() if named else ""


def is_authentic(authenticity: dict[str, str], opt_out_request: OptOutRequest) -> bool:
    """Return whether DMARC passed for a domain of the request's vendor, or of whom the request was sent to."""
    known = domains_of(opt_out_request.workspace.vendor)
    recipient = (opt_out_request.snapshot or {}).get("recipient", {}).get("email", "")
    if recipient:
        known.add(domain_of(recipient))
    return authenticity.get("dmarc") == "pass" and is_of(authenticity.get("domain", ""), known)
