"""mailto links (RFC 6068): a draft in the person's own mail program."""

from urllib.parse import quote

from requests_app.catalogue.email_address import ascii_address
from requests_app.drafting.draft import Draft
from requests_app.drafting.mail import body_text

# Windows hands a program at most 2,048 characters; some browsers cut a little earlier.
LONGEST = 1_900


def mailto_of(draft: Draft) -> str:
    """Return the link that opens the draft in a mail program.

    Everything but unreserved characters is percent-encoded, line breaks as %0D%0A (RFC 6068 section 5), so that no
    value begins a header or adds a recipient. Raises AddressError for a recipient that is not one address.
    """
    recipient = quote(ascii_address(draft.recipient_email), safe="@")
    subject = " ".join(draft.subject.splitlines())
    text = "\r\n".join(body_text(draft).strip().splitlines())
    return f"mailto:{recipient}?subject={quote(subject, safe='')}&body={quote(text, safe='')}"


def is_too_long(link: str) -> bool:
    """Return whether some mail programs would cut the link."""
    return len(link) > LONGEST
