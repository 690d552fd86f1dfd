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
_USES = r"(?! (?:use|be using|train|share|process|continue))"
_CANNOT = (
    r"\b(?:we|i) (?:cannot|can ?not|can['’]t|could not|are unable to|are not able to|do not offer)\b",
    rf"\b(?:we|i) (?:will not|won['’]t)\b{_USES}",
    r"\b(?:request|opt-out|this|it) (?:cannot|can ?not|can['’]t|could not) be "
    r"(?:completed|processed|honou?red|granted|fulfilled|accommodated|done)",
    r"unable to (?:process|honou?r|complete|fulfil|accommodate)",
    r"(?:request|opt-out) (?:has been|was|is) (?:denied|declined|rejected)",
    r"können wir (?:leider |ihrem |ihren |ihre |dem |diesem )*[a-zäöüß]* ?(?:nicht|leider nicht)",
    r"(?:kann|können|konnte|konnten) (?:leider )?nicht [a-zäöüß ]{0,40}(?:werden|entsprechen|umsetzen|bearbeiten)",
    r"leider nicht (?:möglich|entsprechen)",
    r"ne (?:pouvons|sommes) pas",
    r"ne peut (?:pas )?être (?:traitée?|satisfaite?|acceptée?)",
    r"impossible de",
)
_DONE = (
    rf"(?:request|opt[- ]out|change) (?:has been|have been|was|is) {_NOW}"
    r"(?:completed?|processed|applied|honou?red)",
    rf"(?:have|has|been|are|is) {_NOW}(?:been )?(?:opted[- ]out|excluded)",
    rf"(?:have|we['’]ve) {_NOW}(?:completed|processed|opted|excluded|disabled|turned off)",
    rf"(?:has been|is|was) {_NOW}(?:disabled|turned off|deactivated)",
    r"\bwe (?:will|shall) (?:not|no longer) (?:use|be using|train on|process|share) (?:your|any of your)",
    r"(?:wurden?|haben wir|ist|sind) [a-zäöüß ]{0,60}"
    r"(?:abgeschlossen|umgesetzt|durchgeführt|deaktiviert|ausgeschlossen|abgeschaltet|erledigt)",
    r"a (?:bien )?été (?:traitée?|effectuée?|désactivée?|prise? en compte)",
    r"avons (?:bien )?(?:désactivé|exclu|effectué|traité) (?:votre|vos|le|la|les)",
)
_RECEIVED = (
    r"(?:have |['’]ve )?received your (?:request|opt[- ]out|message|e-?mail|inquiry)",
    r"your (?:request|opt[- ]out) (?:has been|was|is) (?:received|forwarded|escalated|being (?:reviewed|processed))",
    r"(?:are|is) (?:currently |now )?(?:reviewing|processing|working on) your (?:request|opt[- ]out)",
    r"ihre? (?:anfrage|antrag|nachricht|widerspruch)[a-zäöüß ]{0,30}(?:erhalten|eingegangen|weitergeleitet)",
    r"(?:bearbeiten|prüfen) (?:derzeit |aktuell )?(?:ihre anfrage|ihren antrag|ihr anliegen)",
    r"avons bien reçu (?:votre|vos)",
    r"votre demande est (?:en cours|bien reçue)",
)
_VACATION = re.compile(
    r"out of (?:the )?office|on (?:annual |parental )?(?:leave|vacation|holiday)|"
    r"nicht im (?:büro|haus)|abwesend|(?:im|in) urlaub|en (?:congés?|vacances)|absente? du bureau",
    re.IGNORECASE,
)
# What stands before the words in the same sentence and turns them round, or says that they are not true yet.
_TURNED = re.compile(
    r"\b(?:not|never|no|nor|without|cannot|once|when|whenever|until|unless|if|whether|before|after|as soon as|"
    r"nicht|kein|keine|keinen|noch|nie|ohne|sobald|wenn|falls|bis|bevor|nachdem|ob|"
    r"ne|pas|jamais|sans|dès|lorsque|quand|si|avant|après)\b|n['’]t\b|\bn['’]",
    re.IGNORECASE,
)
# Whoever asks for proof does so "before" or "if"; only who needs none says so.
_NEEDLESS = re.compile(
    r"(?:not|n['’]t) (?:need|require)[a-z ]{0,30}$|\bno $|\bkeine? [a-zäöüß ]{0,20}$|pas besoin[a-z ’']{0,20}$",
    re.IGNORECASE,
)
_SENTENCE_ENDS = ".!?;:"
# In this order: who cannot, speaks of what would have been done, too.
_PHRASES = tuple(
    (name, status, outcome, re.compile("|".join(phrases), re.IGNORECASE))
    for name, status, outcome, phrases in (
        ("proof", Status.ACTION_NEEDED, None, _PROOF),
        ("plan", Status.CLOSED, Outcome.NOT_APPLICABLE, _PLAN),
        ("cannot", Status.CLOSED, Outcome.REFUSED, _CANNOT),
        ("completed", Status.CLOSED, Outcome.CONFIRMED, _DONE),
        ("received", Status.ACKNOWLEDGED, None, _RECEIVED),
    )
)


def suggestion_of(kind: str, text: str) -> dict[str, Any]:
    """Return name, status, outcome and the words that suggest them; empty where nothing does.

    `text` is what was written now, without what it quotes. A program that answers has read nothing, so that it
    suggests no more than that the request arrived, and not even that where it says that nobody is there.
    """
    words = " ".join(text[:_LOOKED_AT].split())
    if kind == InboundKind.BOUNCE:
        return _suggestion("bounced", Status.ACTION_NEEDED, None, "")
    if kind == InboundKind.AUTO_REPLY:
        return {} if _VACATION.search(words) else _suggestion("arrived", Status.ACKNOWLEDGED, None, "")
    found = {name: _found(name, words, pattern) for name, _status, _outcome, pattern in _PHRASES}
    if found["cannot"] and found["completed"] and not found["proof"]:
        return _suggestion("partly", Status.CLOSED, Outcome.PARTLY_CONFIRMED, found["cannot"])
    for name, status, outcome, _pattern in _PHRASES:
        if found[name]:
            return _suggestion(name, status, outcome, found[name])
    return {}


def _found(name: str, words: str, pattern: re.Pattern[str]) -> str:
    """Return the first words that the pattern finds in a sentence which means them; empty where there are none."""
    return next((found[0][:200] for found in pattern.finditer(words) if _is_meant(name, words, found)), "")


def _is_meant(name: str, words: str, found: re.Match[str]) -> bool:
    """Return whether the sentence says what was found, instead of denying, asking, or awaiting it."""
    if name in ("plan", "cannot"):
        return True  # a no, however it is said
    before = words[max(0, found.start() - 120) : found.start()]
    before = before[max(before.rfind(mark) for mark in _SENTENCE_ENDS) + 1 :]
    if name == "proof":
        return not _NEEDLESS.search(before)
    rest = re.search(r"[.!?;]", words[found.end() : found.end() + 200])
    is_question = bool(rest and rest[0] == "?")
    inside = re.sub(r"^we (?:will|shall) (?:not|no longer)", "", found[0].lower())
    return not is_question and not _TURNED.search(f"{before}\n{inside}")


def _suggestion(name: str, status: Status, outcome: Outcome | None, words: str) -> dict[str, Any]:
    return {"name": name, "status": status.value, "outcome": outcome.value if outcome else "", "words": words}
