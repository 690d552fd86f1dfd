"""What the catalogue's own terms are called on a page. Terms that a file brings along are shown as found."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests_app.catalogue.procedure import Freshness

Words = Mapping[str, Promise]


class Badge(NamedTuple):
    """A word with its tone (good, warn, bad, plain or none) and what it means, for people who hover or read on."""

    text: str | Promise
    tone: str = ""
    meaning: str | Promise = ""


CHANNELS: Words = {
    "email": _("E-mail"),
    "form": _("Web form"),
    "admin_setting": _("Admin setting"),
    "user_setting": _("User setting"),
    "device_policy": _("Device policy"),
    "api_policy": _("API policy"),
    "support_ticket": _("Support ticket"),
    "postal_letter": _("Letter"),
    "contract": _("Contract"),
    "statement": _("Statement"),
}
DEFAULT_STATES: Mapping[str, Badge] = {
    "opted_in_by_default": Badge(_("On by default"), "bad", _("The vendor may use the data unless you act.")),
    "opted_out_by_default": Badge(
        _("Off by default"), "good", _("The vendor does not use the data unless you opt in.")
    ),
    "mixed_by_plan": Badge(_("Depends on plan"), "warn", _("Some plans are on by default, others are not.")),
    "mixed_by_region": Badge(_("Depends on region"), "warn", _("Some regions are on by default, others are not.")),
    "no_opt_out_available": Badge(_("No opt-out"), "bad", _("The vendor offers no way to opt out.")),
    "not_applicable": Badge(_("Not a switch"), "plain", _("A contract or a promise; there is no default to change.")),
    "unknown": Badge(_("Default not known"), "plain", _("No source says what happens if you do nothing.")),
    "conflicting_sources": Badge(_("Sources conflict"), "warn", _("Sources disagree; the caveats give both readings.")),
}
SUBMITTERS: Words = {
    "owner": _("Owner"),
    "admin": _("Administrator"),
    "account_holder": _("Account holder"),
    "person": _("The person concerned"),
    "other": _("Somebody else"),
    "not_stated": _("Not stated"),
}
FRESHNESS: Mapping[Freshness, Badge] = {
    Freshness.FRESH: Badge(_("Fresh"), "good", _("The sources were read within the last 90 days.")),
    Freshness.AGEING: Badge(_("Ageing"), "warn", _("The sources were last read 91 to 180 days ago.")),
    Freshness.STALE: Badge(_("Old"), "bad", _("The sources were last read more than 180 days ago: check them first.")),
}
SCOPE_UNITS: Words = {
    "workspace": _("workspace"),
    "organisation": _("organisation"),
    "account": _("account"),
    "tenant": _("tenant"),
    "team": _("team"),
    "user": _("user"),
    "device": _("device"),
    "site": _("site"),
    "blog": _("blog"),
    "publication": _("publication"),
    "domain": _("domain"),
    "zone": _("zone"),
    "person": _("person"),
    "repository": _("repository"),
    "instance": _("instance"),
    "api_client": _("API client"),
}
RETROACTIVE: Words = {
    "no": _("No: what was used before stays used"),
    "partly": _("Partly"),
    "yes": _("Yes"),
    "not_stated": _("Not stated"),
}
CONFIDENCE: Words = {
    "high": _("High: the vendor's own text was read, or several sources agree"),
    "medium": _("Medium: the sources are few, second-hand or old"),
    "low": _("Low: check with the vendor before you rely on it"),
}
GROUNDS: Words = {
    "vendor_choice": _("The vendor's own published choice"),
    "gdpr_instruction": _("Instruction of the controller to its processor (GDPR art. 28(3)(a))"),
    "ccpa_limits": _("Limits on service providers (CCPA/CPRA)"),
    "written_confirmation": _("Request for written confirmation"),
    "contract_amendment": _("Change of the contract"),
}
SOURCE_KINDS: Words = {
    "vendor_page": _("Vendor's page"),
    "vendor_repo": _("Vendor's public repository"),
    "vendor_text_archived": _("Vendor's text in an archive of versions"),
    "own_document": _("Your own document"),
    "third_party_archive": _("Somebody else's archive"),
    "third_party_page": _("Somebody else's page"),
    "third_party_quotes_vendor": _("Somebody else's page that quotes the vendor"),
    "third_party_repo": _("Somebody else's repository"),
    "third_party_directory": _("Somebody else's directory"),
    "third_party_issue": _("Somebody else's issue report"),
    "news_article": _("News article"),
}
DATE_KINDS: Words = {
    "no date shown": _("no date shown"),
    "not shown": _("no date shown"),
    "last recorded change of that document": _("last recorded change of that document"),
    "commit or front-matter date": _("date of the commit or in its head"),
    "shown on page": _("shown on the page"),
    "shown in article": _("shown in the article"),
    "from the URL": _("from the link"),
    "approximate, from context": _("approximate, from the context"),
    "last commit to that record": _("last change of that record"),
    "date the site added or first saw the entry": _("when the site added or first saw it"),
}
DISTINCTIONS: Words = {
    "plan": _("Plan"),
    "region": _("Region"),
    "edition": _("Edition"),
    "group": _("Group"),
    "build": _("Build"),
}
REGION_RULES: Words = {
    "available_in": _("Available in"),
    "not_used_for_training_in": _("Not used for training in"),
}
RESPONSE_KINDS: Words = {
    "vendor_commitment": _("the vendor's own commitment"),
    "legal_deadline": _("deadline set by law"),
    "time_to_take_effect": _("time until it takes effect"),
}
PARTS: Words = {
    "address": _("Address"),
    "allowed": _("Allowed values"),
    "also_possible_via": _("Also possible"),
    "amount": _("Amount"),
    "ask": _("Wording"),
    "caveats": _("Caveats"),
    "changes": _("History of the terms"),
    "channel": _("Channel"),
    "command": _("Command"),
    "confidence": _("Confidence"),
    "confirmation": _("Confirmation"),
    "data": _("Value"),
    "data_in_scope": _("Data in scope"),
    "data_use": _("Use of data"),
    "date": _("Date"),
    "date_kind": _("Kind of date"),
    "deadlines": _("Dates to know"),
    "default": _("Default"),
    "default_by": _("Default by plan, region or group"),
    "default_state": _("If you do nothing"),
    "effect": _("Effect"),
    "effective_from": _("In effect from"),
    "email": _("E-mail"),
    "facts": _("Facts"),
    "fields": _("What the request asks for"),
    "follow_up_days": _("Follow up after (days)"),
    "grounds": _("Grounds"),
    "help": _("Help"),
    "kind": _("Kind"),
    "label": _("Name"),
    "legal_names": _("Legal names"),
    "lines": _("Address"),
    "lines_by_region": _("Address by region"),
    "meaning": _("What each value means"),
    "name": _("Name"),
    "note": _("Note"),
    "optout": _("Added by Optout"),
    "places": _("Places"),
    "product": _("Product"),
    "quote": _("Quote"),
    "quote_missing": _("Why there is no quote"),
    "read": _("Read on"),
    "recipient": _("Recipient"),
    "regions": _("Rules by region"),
    "required_identifiers": _("What the vendor asks for"),
    "residual_uses": _("Uses that go on"),
    "response_time": _("Response time"),
    "retroactive": _("Reaches back"),
    "scope": _("Applies to"),
    "scope_unit": _("Repeat for each"),
    "settings": _("Settings to apply"),
    "source": _("Source"),
    "sources": _("Sources"),
    "steps": _("Steps"),
    "subject_line": _("Prescribed subject"),
    "text": _("Text"),
    "title": _("Name"),
    "unsourced": _("General knowledge"),
    "url": _("Link"),
    "value": _("Value"),
    "variants": _("Also seen as"),
    "vendor": _("Vendor"),
    "vendor_statement": _("Vendor's statement"),
    "website": _("Website"),
    "what": _("What"),
    "when": _("When"),
    "who_may_submit": _("Who may submit"),
    "en": _("English"),
    "de": _("German"),
    "fr": _("French"),
}
LANGUAGES: Words = {"en": _("English"), "de": _("German"), "fr": _("French")}


def word(words: Words, key: str) -> str:
    """Return what the key is called, or the key itself, readable, where no word is known."""
    return str(words.get(key, key.replace("_", " ")))
