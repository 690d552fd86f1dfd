"""The HTML of a mail, with nothing left in it that runs, loads, is sent or looks like a part of our own pages."""

import re
from urllib.parse import quote, urlsplit

import nh3

from requests_app.intake.reading.caps import TooMuch

LONGEST_HTML = 500_000
# What reads HTML as browsers do takes seconds for 100,000 nested elements.
_MOST_TAGS = 20_000
_LONGEST_LINK = 2_000

_BLOCKS = "p div section article header footer main aside address blockquote pre hr br center figure figcaption"
_INLINE = "span b strong i em u s strike del ins mark small big sub sup code kbd samp tt abbr cite q a"
_LISTS = "ul ol li dl dt dd"
_TABLES = "table caption colgroup col thead tbody tfoot tr th td"
_TAGS = {*f"{_BLOCKS} {_INLINE} {_LISTS} {_TABLES} h1 h2 h3 h4 h5 h6".split()}
# These go with all that is in them; of every other element the words are kept.
_GONE = "script style title template noscript noembed noframes iframe object applet svg math select textarea xmp"
_WITH_CONTENT = {*f"{_GONE} plaintext audio video canvas map".split()}
_ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}, "*": {"dir"}}
_OURS = ("rel", "target")
_SCHEMES = {"http", "https", "mailto"}
# In what nh3 writes, a quotation mark ends a value and nothing else.
_LINK = re.compile(r'<a href="([^"]*)"')
_NO_HOST = re.compile(r"[^a-z0-9.:\[\]-]")


def formatted(html: str) -> str:
    """Return the HTML cleaned: no pictures, styles, forms or scripts, and each link with the host that it leads to.

    Raises TooMuch for one that is too large to be shown.
    """
    if len(html) > LONGEST_HTML:
        raise TooMuch("Its HTML is longer than 500,000 characters.")
    if html.count("<") > _MOST_TAGS:
        raise TooMuch("Its HTML has more than 20,000 elements.")
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes=_SCHEMES,
        url_relative="deny",
    )
    return _LINK.sub(_with_host, cleaned)


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Return the value as it may stand there, None for none."""
    if name == "href":
        return _address(value)
    if name in ("colspan", "rowspan", "start"):
        return value if value.isascii() and value.isdigit() and len(value) <= 3 else None
    if name == "dir":
        return value if value in ("ltr", "rtl", "auto") else None
    return value if name in _OURS else None


def _address(value: str) -> str | None:
    """Return the address with everything quoted that could end it or hide where it leads."""
    address = value.strip()
    if len(address) > _LONGEST_LINK or not _host_of(address):
        return None
    return quote(address, safe="%/:?#[]@!$&'()*+,;=-._~")


def _host_of(address: str) -> str:
    """Return where the link leads; empty for an address that no browser and we would read the same way."""
    try:
        parts = urlsplit(address)
        host = parts.path.rpartition("@")[2] if parts.scheme == "mailto" else parts.hostname or ""
    except ValueError:
        return ""
    # Names that are not ASCII look like others; a name before the host (https://slack.com@evil.example) does, too.
    misleading = not host.isascii() or "\\" in address or (parts.scheme != "mailto" and "@" in parts.netloc)
    return "" if misleading else _NO_HOST.sub("", host.lower())[:253]


def _with_host(found: "re.Match[str]") -> str:
    return f'<a data-host="{_host_of(found[1].replace("&amp;", "&"))}" href="{found[1]}"'
