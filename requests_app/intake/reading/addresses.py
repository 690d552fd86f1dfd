"""Addresses in headers that may be written in any way, so that our own is never overlooked."""

import re
from email.utils import getaddresses

from requests_app.intake.reading.message import Mail
from requests_app.intake.reading.texts import one_line, words_of

RECIPIENT_HEADERS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
_MOST = 100
# Whatever else the header is: `Name [#1] <c@d>` makes the parser lose the address that our pattern still finds.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}[A-Za-z0-9]")


def people_in(message: Mail, *names: str) -> list[dict[str, str]]:
    """Return name and address of each person in the headers of those names."""
    values = [str(value) for name in names for value in message.get_all(name, [])]
    try:
        pairs = getaddresses(values)
    except (RecursionError, ValueError, IndexError):  # such as thousands of nested comments
        pairs = []
    people = [{"name": words_of(name, 200), "address": one_line(address, 254)} for name, address in pairs if address]
    known = {person["address"].lower() for person in people}
    lost = [{"name": "", "address": found} for found in addresses_in(values) if found not in known]
    return (people + lost)[:_MOST]


def addresses_in(values: list[str]) -> list[str]:
    """Return everything in the headers that looks like an address, in lower case, each once."""
    return list(dict.fromkeys(found.lower() for value in values for found in _ADDRESS.findall(value)))[:_MOST]


def recipients_of(message: Mail) -> list[str]:
    """Return every address that the mail was sent or delivered to."""
    return addresses_in([str(value) for name in RECIPIENT_HEADERS for value in message.get_all(name, [])])


def ids_in(message: Mail, *names: str) -> list[str]:
    """Return the message ids in headers of those names, with their angle brackets, each once."""
    text = " ".join(str(value) for name in names for value in message.get_all(name, []))
    return list(dict.fromkeys(re.findall(r"<[^<>\s]{1,250}>", text)))[:_MOST]
