"""What a reply seems to say about the request. A suggestion only: a person reads it and decides."""

import re
from typing import Any

from requests_app.models import InboundKind, Outcome, Status

_LOOKED_AT = 20_000  # characters
_NOW = r"(?:now |already |successfully )*"
_PROOF = (
    r"proof of (?:authori[sz]ation|authority|ownership|identity)",
    r"authori[sz]ed (?:to act|representative)",
    r"(?:letter of|written) authori[sz]ation",
    r"power of attorney",
    r"(?:verify|confirm) (?:your|the requester['’]?s) (?:identity|authority)",
    r"verify that you are",
    r"vollmacht",
    r"nachweis (?:ihrer|der|über)",
    r"identität (?:nachweisen|bestätigen)",
    r"procuration",
    r"preuve d(?:e|['’])",
    r"justifi(?:er|catif)(?: de| d['’]| votre)* ?identité",
)
_PLAN = (
    r"not (?:available |included |supported |offered )?(?:on|in|with|for|under) your (?:current )?"
    r"(?:plan|tier|subscription)",
    r"(?:requires?|only available (?:on|in|with|for|to)) (?:an? |the |our )?(?:enterprise|business|paid|higher)",
    r"upgrade your (?:plan|subscription)",
    r"nicht in ihrem (?:tarif|plan|paket)",
    r"pas (?:disponible|inclus) (?:dans|avec) votre (?:offre|abonnement|formule)",
)
_CANNOT = (
    r"\b(?:we|i) (?:cannot|can ?not|can['’]t|could not|are unable to|are not able to|will not|won['’]t|do not offer)\b",
    r"unable to (?:process|honou?r|complete|fulfil|accommodate)",
    r"(?:request|opt-out) (?:has been|was|is) (?:denied|declined|rejected)",
    r"können wir (?:leider |ihrem |ihren |ihre |dem |diesem )*[a-zäöüß]* ?(?:nicht|leider nicht)",
    r"leider nicht (?:möglich|entsprechen)",
    r"ne (?:pouvons|sommes) pas",
    r"impossible de",
)
_DONE = (
    rf"(?:request|opt[- ]out|change) (?:has been|have been|was|is) {_NOW}"
    r"(?:complete|completed|processed|applied|honou?red)",
    rf"(?:have|has|been|are|is) {_NOW}(?:been )?(?:opted[- ]out|excluded)",
    rf"(?:have|we['’]ve) {_NOW}(?:completed|processed|opted|excluded|disabled|turned off)",
    rf"(?:has been|is|was) {_NOW}(?:disabled|turned off|deactivated)",
    r"(?:wurden?|haben wir|ist|sind) [a-zäöüß ]{0,60}"
    r"(?:abgeschlossen|umgesetzt|durchgeführt|deaktiviert|ausgeschlossen|abgeschaltet|erledigt)",
    r"a (?:bien )?été (?:traitée?|effectuée?|désactivée?|prise? en compte)",
)
# In this order: who cannot, speaks of what would have been done, too.
_PHRASES = tuple(
    (name, status, outcome, re.compile("|".join(phrases), re.IGNORECASE))
    for name, status, outcome, phrases in (
        ("proof", Status.ACTION_NEEDED, None, _PROOF),
        ("plan", Status.CLOSED, Outcome.NOT_APPLICABLE, _PLAN),
        ("cannot", Status.CLOSED, Outcome.REFUSED, _CANNOT),
        ("completed", Status.CLOSED, Outcome.CONFIRMED, _DONE),
    )
)


def suggestion_of(kind: str, text: str) -> dict[str, Any]:
    """Return name, status, outcome and the words that suggest them; empty where nothing does.

    `text` is what was written now, without what it quotes. A program that answers has read nothing, so that it
    suggests no more than that the request arrived.
    """
    if kind == InboundKind.BOUNCE:
        return _suggestion("bounced", Status.ACTION_NEEDED, None, "")
    if kind == InboundKind.AUTO_REPLY:
        return _suggestion("arrived", Status.ACKNOWLEDGED, None, "")
    words = " ".join(text[:_LOOKED_AT].split())
    for name, status, outcome, pattern in _PHRASES:
        found = pattern.search(words)
        if found:
            return _suggestion(name, status, outcome, found[0][:200])
    return {}


def _suggestion(name: str, status: Status, outcome: Outcome | None, words: str) -> dict[str, Any]:
    return {"name": name, "status": status.value, "outcome": outcome.value if outcome else "", "words": words}
