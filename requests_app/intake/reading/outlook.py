"""Outlook's .msg files (MS-OXMSG, in the compound files of MS-CFB) as the mails that they were (RFC 5322)."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import HeaderParser
from email.utils import format_datetime, quote

from olefile import DEFECT_INCORRECT, OleFileIO
from oxmsg.domain import constants as pids
from oxmsg.domain.model import ATTACH_HDR_OFFSET, MSG_HDR_OFFSET, RECIP_HDR_OFFSET
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from requests_app.intake.reading.caps import DEEPEST, MOST_BYTES, MOST_PARTS, CappedPolicy, TooMuch

_MOST_STREAMS = 20_000  # An attachment has about 20, so has a recipient.
# A message inside a message (PidTagAttachDataObject), whose header is shorter.
_INNER, _INNER_OFFSET = "__substg1.0_3701000D", 24
_STRING_TYPES = (("001F", "utf-16-le"), ("001E", "cp1252"))
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,80}", re.IGNORECASE)
_TO, _CC = 1, 2  # PidTagRecipientType
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def as_mail(raw: bytes) -> bytes:
    """Return the .msg file as a mail: the headers that it came with, its text, HTML and files.

    The same file always gives the same bytes. Raises TooMuch, and whatever a broken file provokes in olefile.
    """
    # Stricter than olefile is by itself: of a file that was cut off, it would give half an attachment as a whole one.
    with OleFileIO(raw, raise_defects=DEFECT_INCORRECT) as ole:
        _check(ole)
        return _mail_of(Storage.from_ole(ole), MSG_HDR_OFFSET, "0")


def _check(ole: OleFileIO) -> None:
    """Raise TooMuch before anything is read: streams may share their bytes, so that the file's size says nothing."""
    streams = ole.listdir(streams=True, storages=False)
    if len(streams) > _MOST_STREAMS:
        raise TooMuch("It has more than 20,000 streams.")
    if any(len(path) > DEEPEST for path in streams):
        raise TooMuch("Its parts are nested more than 20 deep.")
    if sum(ole.get_size(path) for path in streams) > MOST_BYTES:
        raise TooMuch("What it holds is larger than 25 MB.")


def _mail_of(storage: Storage, offset: int, place: str) -> bytes:
    properties = Properties(storage, properties_header_offset=offset)
    message = MIMEMultipart("mixed", boundary=f"part-{place}")
    message.attach(_body(storage, properties, place))
    files = list(storage.iter_attachment_storages())
    if len(files) > MOST_PARTS:
        raise TooMuch("It has more than 200 parts.")
    for number, inner in enumerate(files):
        message.attach(_file(inner, f"{place}-{number}"))
    lines = [f"{name}: {' '.join(_CONTROL.sub(' ', value).split())}" for name, value in _headers(storage, properties)]
    head = "".join(f"{line}\r\n" for line in lines)
    return head.encode("utf-8", "replace") + message.as_bytes()


def _body(storage: Storage, properties: Properties, place: str) -> MIMEBase:
    # In base64, so that no text can look like the boundary between two parts.
    body = MIMEMultipart("alternative", boundary=f"body-{place}")
    body.attach(MIMEText(_text(storage, properties, pids.PID_BODY), "plain", "utf-8"))
    html = _html(storage, properties)
    if html:
        body.attach(MIMEText(html, "html", "utf-8"))
    return body


def _html(storage: Storage, properties: Properties) -> str:
    octets = _octets(storage, pids.PID_HTML)
    if not octets:
        return _text(storage, properties, pids.PID_BODY_HTML)
    try:
        return octets.decode(properties.body_encoding)
    except (ValueError, LookupError):
        return octets.decode("utf-8", "replace")


def _headers(storage: Storage, properties: Properties) -> Iterator[tuple[str, str]]:
    """Yield the headers that the mail came with; of one that never travelled, those that its properties give."""
    text = _text(storage, properties, pids.PID_TRANSPORT_MESSAGE_HEADERS).lstrip()
    if text.startswith("Microsoft Mail Internet Headers"):
        text = text.partition("\n")[2]
    kept = HeaderParser(policy=CappedPolicy()).parsestr(text)
    for name, value in kept.items():
        if not name.lower().startswith(("content-", "mime-version")):
            yield name, str(value)
    for name, value in _known(storage, properties):
        if value and name not in kept:
            yield name, value


def _known(storage: Storage, properties: Properties) -> Iterator[tuple[str, str]]:
    yield "From", _sender(storage, properties)
    people = list(_recipients(storage))
    for name, kind in (("To", _TO), ("Cc", _CC)):
        yield name, ", ".join(person for role, person in people if role == kind)
    yield "Date", _date(properties)
    for name, pid in (
        ("Subject", pids.PID_SUBJECT),
        ("Message-ID", pids.PID_INTERNET_MESSAGE_ID),
        ("In-Reply-To", pids.PID_IN_REPLY_TO_ID),
        ("References", pids.PID_INTERNET_REFERENCES),
    ):
        yield name, _text(storage, properties, pid)


def _sender(storage: Storage, properties: Properties) -> str:
    addresses = [
        _text(storage, properties, pid) for pid in (pids.PID_SENDER_SMTP_ADDRESS, pids.PID_SENDER_EMAIL_ADDRESS)
    ]
    return _person(_text(storage, properties, pids.PID_SENDER_NAME), addresses)


def _recipients(storage: Storage) -> Iterator[tuple[int, str]]:
    for inner in storage.iter_recipient_storages():
        properties = Properties(inner, properties_header_offset=RECIP_HDR_OFFSET)
        addresses = [_text(inner, properties, pid) for pid in (pids.PID_SMTP_ADDRESS, pids.PID_EMAIL_ADDRESS)]
        person = _person(_text(inner, properties, pids.PID_DISPLAY_NAME), addresses)
        if person:
            yield properties.int_prop_value(pids.PID_RECIPIENT_TYPE) or _TO, person


def _person(name: str, addresses: list[str]) -> str:
    """Return name and address as a header has them; Exchange's own addresses are none that a mail can go to."""
    address = next((address for address in addresses if "@" in address), "")
    if not address:
        return ""
    return f'"{quote(name)}" <{address}>' if name and name != address else address


def _date(properties: Properties) -> str:
    for pid in (pids.PID_CLIENT_SUBMIT_TIME, pids.PID_MESSAGE_DELIVERY_TIME):
        try:
            moment = properties.date_prop_value(pid)
        except (ValueError, OverflowError):
            continue
        if moment:
            return format_datetime(moment)
    return ""


def _file(storage: Storage, place: str) -> MIMEBase:
    properties = Properties(storage, properties_header_offset=ATTACH_HDR_OFFSET)
    inner = next((one for one in storage.storages if one.name == _INNER), None)
    if inner is not None:
        return MIMEMessage(message_from_bytes(_mail_of(inner, _INNER_OFFSET, place), policy=CappedPolicy()))
    named = _text(storage, properties, pids.PID_ATTACH_MIME_TAG).lower()
    kind = named if _MEDIA_TYPE.fullmatch(named) and not named.startswith(("multipart/", "message/")) else ""
    main, _slash, sub = (kind or "application/octet-stream").partition("/")
    part = MIMEBase(main, sub)
    part.set_payload(_octets(storage, pids.PID_ATTACH_DATA_BINARY))
    encode_base64(part)
    names = (_text(storage, properties, pid) for pid in (pids.PID_ATTACH_LONG_FILENAME, pids.PID_ATTACH_FILENAME))
    name = _CONTROL.sub("", next(filter(None, names), ""))[:1000]
    part.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    return part


def _octets(storage: Storage, pid: int) -> bytes:
    return _stream(storage, f"__substg1.0_{pid:04X}0102")


def _stream(storage: Storage, name: str) -> bytes:
    return next((stream.bytes_ for stream in storage.streams if stream.name == name), b"")


def _text(storage: Storage, properties: Properties, pid: int) -> str:
    """Return a text property; one that is not in the character set that the file names is read as well as can be."""
    try:
        value = properties.str_prop_value(pid)
    except (KeyError, ValueError, LookupError):
        value = None
    if value is None:
        streams = ((_stream(storage, f"__substg1.0_{pid:04X}{kind}"), codec) for kind, codec in _STRING_TYPES)
        value = next((octets.decode(codec, "replace") for octets, codec in streams if octets), "")
    return value.rstrip("\0")
