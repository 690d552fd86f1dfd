"""Whether a mail is from whom it says, as a badge and one plain sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

# Stands for the organisation's own server where Optout looked up the keys itself.
OURSELVES = "optout"


@dataclass(frozen=True)
class Finding:
    """What is known about the sender: the class of a badge, its word, and the sentence that explains it."""

    tone: str
    word: str
    sentence: str


def finding_of(authenticity: Mapping[str, str], is_vendor: bool) -> Finding:
    """Return what was found; `is_vendor` where the sender is authentic and the vendor of the request."""
    result, by = authenticity.get("dmarc", ""), authenticity.get("by", "")
    domain = authenticity.get("domain") or _("its domain")
    if result == "pass":
        return _passed(domain, by, is_vendor)
    if not by:
        return Finding("plain", _("Sender not checked"), _not_checked(authenticity.get("trouble", "")))
    if by == OURSELVES:
        return _unsigned(authenticity.get("why") or authenticity.get("dkim", ""), domain)
    return Finding(
        "bad",
        _("Sender not confirmed"),
        _("DMARC did not pass for {domain} ({result}), checked by {server}. Somebody else may have written it.").format(
            domain=domain, result=result or _("no result"), server=by
        ),
    )


def _passed(domain: str, by: str, is_vendor: bool) -> Finding:
    server = _("Optout itself, by its signature") if by == OURSELVES else by
    sentence = _("DMARC passed for {domain}, checked by {server}.").format(domain=domain, server=server)
    if is_vendor:
        return Finding("good", _("Sender confirmed"), sentence)
    return Finding("warn", _("Not the vendor’s domain"), f"{sentence} {_('It is no domain of the vendor, though.')}")


def _not_checked(trouble: str) -> str:
    if trouble == "dns":
        return _("The sender could not be checked: the domain name system did not answer.")
    if trouble == "size":
        return _("The sender could not be checked: the mail is too large, or takes too long to be verified.")
    return _("Nobody whom you trust has checked the sender. Look whether the mail is what it says.")


def _unsigned(why: str, domain: str) -> Finding:
    """Return what can be said without the address of the server that delivered it, which SPF would need."""
    sentences = {
        "fail": _("The mail is signed, but its signature does not hold: it was changed, or signed by somebody else."),
        "none": _("The mail is not signed, so nothing shows that it is from {domain}."),
        "unaligned": _("The mail is signed by somebody, but not for {domain}."),
        "no policy": _("The signature for {domain} holds, but {domain} publishes no DMARC policy."),
    }
    sentence = sentences.get(why, sentences["none"]).format(domain=domain)
    tone = "bad" if why in ("fail", "unaligned") else "plain"
    spf = _("SPF was not checked: Optout does not see the server that delivered it.")
    return Finding(tone, _("Sender not confirmed"), f"{sentence} {spf}")
