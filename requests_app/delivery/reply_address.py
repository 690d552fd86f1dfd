"""The address that a reply to one request comes to: the organisation's mailbox plus a token that nobody can guess."""

import base64
import hashlib
import hmac
import re

from django.conf import settings

from requests_app.catalogue.email_address import ascii_address
from requests_app.models import MailSettings, OptOutRequest

# 160 bits; base32 of them needs no padding, and mail servers that change the case of addresses do no harm.
TOKEN_BYTES = 20
_TOKEN = re.compile(r"\+([a-z2-7]{32})@[^@]+\Z")
_PURPOSE = b"optout reply address 1"


def token_of(opt_out_request: OptOutRequest) -> str:
    """Return the request's token, 32 characters; the first FIELD_KEY and the id of the request's stream give it."""
    key = hmac.digest(settings.FIELD_KEYS[0].encode("ascii"), _PURPOSE, hashlib.sha256)
    digest = hmac.digest(key, opt_out_request.stream_id.bytes, hashlib.sha256)
    return base64.b32encode(digest[:TOKEN_BYTES]).decode("ascii").lower()


def with_token(mailbox: str, token: str) -> str:
    """Return the plus-address (RFC 5233) of the mailbox. Raises AddressError when it grows too long."""
    local, _at, domain = mailbox.rpartition("@")
    return ascii_address(f"{local}+{token}@{domain}")


def reply_address_of(opt_out_request: OptOutRequest) -> str:
    """Return where replies to this request go, or nothing where the organisation has no mailbox for them."""
    return _address_at(
        MailSettings.objects.filter(organisation=opt_out_request.organisation_id).first(), opt_out_request
    )


def _address_at(mail: MailSettings | None, opt_out_request: OptOutRequest) -> str:
    if mail is None or not mail.reply_address:
        return ""
    return with_token(mail.reply_address, opt_out_request.reply_token or token_of(opt_out_request))


def proof_address_of(opt_out_request: OptOutRequest, mail: MailSettings | None) -> str:
    """Return the address that a copy of what is sent by hand goes to, or nothing; from now on it finds its request.

    `mail` is what its organisation has set up.
    """
    address = "" if opt_out_request.organisation.is_demo else _address_at(mail, opt_out_request)
    if address and not opt_out_request.reply_token:
        token = token_of(opt_out_request)
        # Whoever only looks writes this, too: it is always the same, and nothing else of the request changes.
        OptOutRequest.objects.filter(pk=opt_out_request.pk, reply_token=None).update(reply_token=token)
    return address


def token_in(address: str) -> str | None:
    """Return the token that the address carries, if any; it need not be one of ours."""
    found = _TOKEN.search(address.strip().lower())
    return found[1] if found else None


def request_of(token: str) -> OptOutRequest | None:
    """Return the request that the token was made for."""
    rows = OptOutRequest.objects.select_related("organisation", "stream")
    found = rows.filter(reply_token=token).first()
    # The database's own comparison may ignore case or accents, and takes longer the more it has in common.
    return found if found and hmac.compare_digest((found.reply_token or "").encode(), token.encode()) else None
