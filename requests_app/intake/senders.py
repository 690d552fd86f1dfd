"""Who sent a mail, and whether that is the vendor."""

import re
from typing import Any
from urllib.parse import urlsplit

from requests_app.models import OptOutRequest, Vendor

Parsed = dict[str, Any]
NOT_CHECKED = "not checked"
# Where anybody gets an address: such a domain says nothing about who writes.
ANYBODYS = frozenset(
    ("163.com", "aol.com", "fastmail.com", "free.fr", "gmail.com", "gmx.de", "gmx.net", "googlegroups.com",
     "googlemail.com", "hotmail.com", "icloud.com", "laposte.net", "live.com", "mail.ru", "mailbox.org", "me.com",
     "msn.com", "orange.fr", "outlook.com", "outlook.de", "pm.me", "posteo.de", "proton.me", "protonmail.com", "qq.com",
     "t-online.de", "web.de", "yahoo.com", "yandex.com", "yandex.ru", "zoho.com")
)  # fmt: skip
# What the sender chose may stand in them, such as "x; dmarc=pass"@example.org (RFC 8601 section 2.2).
_QUOTED_OR_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
_RESULT = re.compile(r"\s*(dmarc|spf|dkim)\s*(?:/\s*\d+\s*)?=\s*([a-z]{1,12})", re.IGNORECASE)
_FROM = re.compile(r"\sheader\.from\s*=\s*([a-z0-9.-]+)", re.IGNORECASE)


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
    return {domain for domain in {site, *mail} if "." in domain} - ANYBODYS


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
    for one in _plain(parsed["authentication"][0]).split(";")[1:]:
        result = _RESULT.match(one)
        if result:
            method = result[1].lower()
            found[method] = _with(found[method], method, _aligned(result[2].lower(), method, one, found["domain"]))
    return found | {"by": by}


def _plain(header: str) -> str:
    """Return the header without quoted strings and comments, up to where one of them does not end."""
    before = ""
    while header != before:  # comments stand in comments
        before, header = header, _QUOTED_OR_COMMENT.sub(" ", header)
    return re.split(r'["(]', header, maxsplit=1)[0]


def _aligned(result: str, method: str, text: str, domain: str) -> str:
    """Return the result, which is a failure of DMARC where it was found about another domain than the mail names."""
    about = _FROM.search(text) if method == "dmarc" else None
    return "fail" if about and about[1].lower().rstrip(".") != domain else result


def _with(before: str, method: str, result: str) -> str:
    """Return what two results of a method say together.

    One of several signatures that holds is enough. DMARC has one result; whoever has two is not believed the better.
    """
    if before == NOT_CHECKED:
        return result
    if method == "dmarc":
        return before if result == "pass" else result
    return before if before == "pass" else result


def authserv_of(parsed: Parsed) -> str:
    """Return how the server names itself that wrote the uppermost Authentication-Results; empty for none."""
    headers = parsed.get("authentication", [])
    named = _plain(headers[0]).partition(";")[0].split() if headers else []
    return named[0].lower() if named else ""


def is_authentic(authenticity: dict[str, str], opt_out_request: OptOutRequest) -> bool:
    """Return whether DMARC passed for a domain of the request's vendor, or of whom the request was sent to."""
    known = domains_of(opt_out_request.workspace.vendor)
    recipient = (opt_out_request.snapshot or {}).get("recipient", {}).get("email", "")
    if recipient:
        known.add(domain_of(recipient))
    return authenticity.get("dmarc") == "pass" and is_of(authenticity.get("domain", ""), known - ANYBODYS)
