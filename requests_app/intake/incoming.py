"""What the page of a request shows of each mail that came in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from requests_app.intake.authenticity import Finding, finding_of
from requests_app.intake.proposals import Proposal, proposal_of
from requests_app.intake.senders import is_authentic, sender_of
from requests_app.models import InboundKind, InboundMail, OptOutRequest

# Beyond it a page would be nothing but one mail; the original has all of it.
LONGEST_SHOWN = 20_000


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail; `size` in bytes, `part` finds it again, is_kept where it is evidence already."""

    name: str
    type: str
    size: int
    sha256: str
    part: int
    is_kept: bool


@dataclass(frozen=True)
class Failure:
    """An address that a mail did not reach, and what the server there said; is_final unless it is tried again."""

    address: str
    said: str
    is_final: bool


@dataclass(frozen=True)
class Incoming:
    """A mail as it is shown; `is_folded` for what no person wrote, `proposal` where it suggests a move."""

    mail: InboundMail
    sender: str
    subject: str
    text: str
    quoted: str
    is_cut: bool
    has_html: bool
    is_folded: bool
    attachments: tuple[Attachment, ...]
    failures: tuple[Failure, ...]
    finding: Finding
    proposal: Proposal | None


def incoming_of(opt_out_request: OptOutRequest) -> list[Incoming]:
    """Return each mail of the request, oldest first; takes two queries however many there are."""
    mails = list(InboundMail.objects.filter(request=opt_out_request).defer("raw").order_by("pk"))
    kept = kept_hashes(opt_out_request) if any(mail.parsed.get("attachments") for mail in mails) else set()
    return [shown(mail, opt_out_request, kept) for mail in mails]


def kept_hashes(opt_out_request: OptOutRequest) -> set[str]:
    """Return the SHA-256 of each file that is evidence of the request."""
    return set(opt_out_request.evidence.values_list("sha256", flat=True))


def shown(mail: InboundMail, opt_out_request: OptOutRequest | None, kept: Iterable[str] = ()) -> Incoming:
    """Return the mail as it is shown; no query."""
    parsed = mail.parsed
    text, quoted = parsed.get("text", ""), parsed.get("quoted", "")
    return Incoming(
        mail=mail,
        sender=_sender(parsed),
        subject=parsed.get("subject", ""),
        text=text[:LONGEST_SHOWN],
        quoted=quoted[:LONGEST_SHOWN],
        is_cut=max(len(text), len(quoted)) > LONGEST_SHOWN,
        has_html=bool(parsed.get("has_html")),
        is_folded=mail.kind == InboundKind.AUTO_REPLY,
        attachments=attachments_of(mail, kept),
        failures=failures_of(mail),
        finding=finding_of(
            mail.authenticity, opt_out_request is not None and is_authentic(mail.authenticity, opt_out_request)
        ),
        proposal=proposal_of(mail, opt_out_request),
    )


def attachments_of(mail: InboundMail, kept: Iterable[str] = ()) -> tuple[Attachment, ...]:
    """Return the files of the mail; `kept` are the SHA-256 of what is evidence of its request already."""
    return tuple(
        Attachment(**{name: one[name] for name in ("name", "type", "size", "sha256", "part")}, is_kept=_in(one, kept))
        for one in mail.parsed.get("attachments", [])
    )


def _in(attachment: dict[str, Any], kept: Iterable[str]) -> bool:
    return attachment["sha256"] in kept


def failures_of(mail: InboundMail) -> tuple[Failure, ...]:
    """Return what a report says about each address (RFC 3464); empty for every other mail."""
    recipients = (mail.parsed.get("bounce") or {}).get("recipients", [])
    return tuple(
        Failure(
            address=one["address"],
            said=_said(one["status"], one["diagnostic"]),
            is_final=one["action"] == "failed" if one["action"] else one["status"].startswith("5"),
        )
        for one in recipients
    )


def _said(status: str, diagnostic: str) -> str:
    """Return the server's own words, else its status code (RFC 3463)."""
    words = diagnostic.partition(";")[2].strip() if diagnostic.lower().startswith("smtp;") else diagnostic.strip()
    return words or status


def _sender(parsed: dict[str, Any]) -> str:
    """Return the sender's name and address as they stand in the mail: the name proves nothing, so both are shown."""
    address = sender_of(parsed)
    if not address:
        return _("A sender who is not named")
    name = str(parsed["from"][0]["name"])
    return f"{name} <{address}>" if name and name != address else address
