"""E-mail addresses as Optout accepts them: one dot-atom at one domain name, and nothing else."""

import re
import unicodedata

import idna

# RFC 5321 section 4.5.3.1: local part at most 64 octets, path at most 254 without its brackets.
_LOCAL_MAX, _ADDRESS_MAX = 64, 254
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")


class AddressError(ValueError):
    """Says in one sentence what is wrong with the address and what to write instead."""


def ascii_domain(domain: str) -> str:
    """Return the domain in its ASCII form (RFC 5891), lower case.

    Raises AddressError for anything but a host name of two labels or more, soft hyphens and other
    characters that IDNA 2008 would quietly drop or map included.
    """
    if not unicodedata.is_normalized("NFC", domain):
        domain = unicodedata.normalize("NFC", domain)
    try:
        encoded = idna.encode(domain.lower(), strict=True).decode("ascii")
    except idna.IDNAError as error:
        raise AddressError(f"“{domain}” is not a domain name ({error}). Write it as in example.org.") from error
    labels = encoded.split(".")
    # An empty last label is the root's dot: right in the DNS, not in an e-mail header (RFC 5321 section 2.3.5).
    if len(labels) < 2 or not labels[-1] or labels[-1].isdigit():
        raise AddressError(f"“{domain}” is not a complete domain name. Write it as in example.org.")
    if len(encoded) > 253:
        raise AddressError("The domain name is longer than 253 characters.")
    return encoded


def ascii_address(address: str) -> str:
    """Return the address with its domain in ASCII form, as mail headers carry it.

    Accepts a dot-atom (RFC 5322 section 3.2.3) at a domain name, international names included. Raises
    AddressError for everything else: two addresses, quoted local parts, address literals, comments,
    white space, a local part outside ASCII, and one that a mail program could read as an option.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local:
        raise AddressError("Write one e-mail address, as in name@example.org.")
    if any(character in address for character in ",; \t\r\n"):
        raise AddressError("Write one e-mail address only, without spaces, commas or semicolons.")
    if not local.isascii():
        raise AddressError("The part before the @ may only have unaccented letters, digits and signs.")
    if not _DOT_ATOM.fullmatch(local) or local.startswith("-") or len(local) > _LOCAL_MAX:
        raise AddressError(f"“{local}” cannot stand before the @ of an e-mail address.")
    result = f"{local}@{ascii_domain(domain)}"
    if len(result) > _ADDRESS_MAX:
        raise AddressError(f"The address is longer than {_ADDRESS_MAX} characters.")
    return result
