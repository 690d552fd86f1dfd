"""Why a mail waits for a person, in one plain sentence."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.models import InboundMail, InboundState, Waits

HELD = {
    "several_requests": gettext_lazy("It names several requests, so a person has to say which one it answers."),
    "suspected_spam": gettext_lazy("Your mail server took it for spam."),
    "closed_request": gettext_lazy("The request that it answers is closed."),
    "draft_request": gettext_lazy("The request that it answers was never sent."),
    "own_copy": gettext_lazy("It looks like the copy of what you sent."),
    "near_address": gettext_lazy("Its address is almost, but not quite, that of a request."),
    "vendor_domain": gettext_lazy("It comes from the vendor’s domain, but names no request."),
    "no_match": gettext_lazy("Nothing in it says which request it answers."),
    "unknown_organisation": gettext_lazy("Nothing in it says whose mail it is."),
    "other_organisation": gettext_lazy("It is addressed to a request that is not one of yours."),
    "unreadable": gettext_lazy("It is broken, so that it could not be read. Its original is kept."),
    "too_much": gettext_lazy("It exceeds a limit, so that it was not read. Its original is kept."),
    "too_slow": gettext_lazy("Reading it took too long and was stopped. Its original is kept."),
    "too_large": gettext_lazy("Reading it took too much memory and was stopped. Its original is kept."),
}
FILED: dict[str, Any] = {
    Waits.UNCERTAIN: gettext_lazy("It came to this request, but nothing proves that the vendor sent it."),
    Waits.PROOF: gettext_lazy("The vendor seems to ask for proof that you may make this request."),
    Waits.BOUNCED: gettext_lazy("Your message came back: it did not reach its recipient."),
    Waits.REPLY: gettext_lazy("It is a new reply that nobody has looked at."),
}


def why(mail: InboundMail) -> str:
    """Return the sentence; for a mail that waits for nobody, how it ended."""
    if mail.state == InboundState.STORED:
        return _("It is stored and will be read in a moment.")
    if mail.state == InboundState.DISCARDED:
        return _("It was discarded: {reason}").format(reason=mail.note)
    if mail.state == InboundState.DUPLICATE:
        return _("It came before; the first one counts.")
    if mail.state == InboundState.MATCHED:
        return str(FILED.get(mail.waits, _("It is filed, and nothing is to be done.")))
    return str(HELD.get(mail.reason, _("A person has to say which request it answers.")))
