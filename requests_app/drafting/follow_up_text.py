"""What is said when an answer stays out, in the language and on the ground of the request: sharper each time.

The wording stands in templates/wording/LOCALE/KIND.liquid. It is filled strictly, with these names and no others:
addressee, organisation_name, signatory_email, product, vendor, reference, subject (of the request), ground, expects
(answer, amendment or done), sent_on, answer_by, promised_on, reminded_on, confirmed_on, new_answer_by (days in words,
or nothing), authority (name and website, or nothing), request_text.
"""

import datetime
from dataclasses import dataclass

from requests_app.catalogue.procedure import Procedure
from requests_app.drafting import wording
from requests_app.drafting.authorities import authority_of
from requests_app.drafting.dates import day_in_words
from requests_app.drafting.draft import Draft, answer_expected
from requests_app.drafting.grounds import GDPR_COUNTRIES
from requests_app.drafting.letters.paper import paper_for

KINDS = ("acknowledgement_check", "first_follow_up", "second_follow_up", "escalation", "reverification")


@dataclass(frozen=True)
class Facts:
    """What happened since the request was sent; days are local ones."""

    reference: str
    sent_on: datetime.date
    answer_by: datetime.date
    new_answer_by: datetime.date
    promised_on: datetime.date | None = None
    reminded_on: datetime.date | None = None
    confirmed_on: datetime.date | None = None


def follow_up_text(kind: str, sent: Draft, facts: Facts) -> tuple[str, str]:
    """Return subject and body of one more message about a request that was sent as this draft says.

    Closing and signature are those of the request and follow the body. Raises WordingError.
    """
    context = {**_context(sent, facts), "kind": kind}
    if kind == "escalation":
        context["addressee"] = _salutation(sent, "")
    subject = wording.render(f"{sent.locale}/follow_up_subject.liquid", context).strip()
    return subject, wording.render(f"{sent.locale}/{kind}.liquid", context).strip()


def _context(sent: Draft, facts: Facts) -> dict[str, object]:
    country = sent.values["organisation_country"]
    month_first = paper_for(country).month_first
    days = ("sent_on", "answer_by", "new_answer_by", "promised_on", "reminded_on", "confirmed_on")
    found = {name: getattr(facts, name) for name in days}
    authority = authority_of(country) if country in GDPR_COUNTRIES else None
    return {
        "addressee": _salutation(sent, sent.recipient_name),
        "organisation_name": sent.values["organisation_name"],
        "signatory_email": sent.values["signatory_email"],
        "product": sent.procedure.facts["product"],
        "vendor": sent.procedure.vendor_name,
        "reference": facts.reference,
        "subject": sent.subject,
        "ground": sent.ground,
        "expects": answer_expected(sent.procedure, sent.ground),
        "authority": {"name": authority.name, "website": authority.website} if authority else None,
        "request_text": sent.body,
        **{
            name: day_in_words(day, sent.locale, month_first=month_first) if day else None
            for name, day in found.items()
        },
    }


def _salutation(sent: Draft, name: str) -> str:
    return wording.render(f"{sent.locale}/salutation.liquid", {"team": name or _team(sent.procedure)}).strip()


def _team(procedure: Procedure) -> str:
    return f"{procedure.vendor_name} team"
