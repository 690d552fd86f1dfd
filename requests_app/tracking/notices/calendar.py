"""A person's calendar (RFC 5545): days, not times, so that it is right in every time zone."""

import datetime
import hashlib
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import icalendar
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from requests_app.models import CalendarFeed, OptOutRequest, Organisation, Status, User
from requests_app.models.status import AWAITS_ANSWER, HOLDS
from requests_app.people.tokens import new_token, token_hash
from requests_app.tracking.notices.addresses import page
from requests_app.tracking.notices.words import name_of

# What is long past, or beyond this number, stays out: calendars fetch the whole file every time.
DAYS_BACK = 31
AT_MOST = 1000
_LEFT_OUT = ("values", "body", "snapshot", "workspace__vendor__content")


def new_address(user: User, now: datetime.datetime) -> str:
    """Give the person's calendar a new address and return its secret part; an earlier address is over."""
    token = new_token()
    values = {"token_hash": token_hash(token), "created_at": now}
    with transaction.atomic():
        CalendarFeed.objects.update_or_create(user=user, defaults=values)
    return token


def revoke_address(user: User) -> None:
    """End the address of the person's calendar."""
    CalendarFeed.objects.filter(user=user).delete()


def user_of_token(token: str) -> User:
    """Return whose calendar this is; 404 for an address that is over or made up, and for who belongs nowhere."""
    feeds = CalendarFeed.objects.select_related("user")
    feed = feeds.filter(token_hash=token_hash(token), user__is_active=True).first()
    if feed is None or not feed.user.memberships.exists():
        raise Http404
    return feed.user


def calendar_of(user: User) -> bytes:
    """Return the calendar of what is the person's to see to, or nobody's, in every organisation of the person."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Optout//Optout//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Optout")
    calendar.add("refresh-interval", datetime.timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for membership in user.memberships.select_related("organisation").order_by("organisation_id"):
        for request in _requests(membership.organisation, user):
            for kind, day in days_of(request):
                calendar.add_component(_event(request, kind, day))
    return bytes(calendar.to_ical())


def etag_of(content: bytes) -> str:
    """Return the entity tag of a calendar (RFC 9110 section 8.8.3)."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _requests(organisation: Organisation, user: User) -> QuerySet[OptOutRequest]:
    since = organisation.today() - datetime.timedelta(days=DAYS_BACK)
    mine = Q(responsible=user) | Q(responsible=None)
    under_way = ~Q(status__in=(Status.DRAFT, Status.CLOSED)) & (
        Q(answer_by__gte=since) | Q(promised_on__gte=since) | Q(next_action_at__isnull=False)
    )
    again = Q(status=Status.CLOSED, outcome__in=HOLDS, reverify_on__gte=since)
    rows = OptOutRequest.objects.filter(mine, under_way | again, organisation=organisation)
    shown = rows.select_related("workspace__vendor", "stream", "organisation").defer(*_LEFT_OUT)
    return shown.order_by("pk")[:AT_MOST]


def days_of(request: OptOutRequest) -> Iterator[tuple[str, datetime.date]]:
    """Return what falls on which day of the organisation's own calendar."""
    if request.status == Status.CLOSED:
        if request.reverify_on:
            yield "reverification", request.reverify_on
        return
    if request.answer_by and request.status in AWAITS_ANSWER:
        yield "deadline", request.answer_by
    if request.promised_on:
        yield "promise", request.promised_on
    if request.next_action_at:
        # The one thing that is a moment: its day is that of the organisation, whose clock set it.
        yield "next_action", request.next_action_at.astimezone(ZoneInfo(request.organisation.time_zone)).date()


def _event(request: OptOutRequest, kind: str, day: datetime.date) -> icalendar.Event:
    url = page("request", request.organisation.slug, request.pk)
    event = icalendar.Event()
    # Never another one for the same thing: a calendar moves the entry that it has.
    event.add("uid", f"{kind}-{request.pk}@{request.organisation_id}")
    event.add("dtstart", day)
    event.add("dtend", day + datetime.timedelta(days=1))
    event.add("dtstamp", request.updated_at.astimezone(datetime.UTC))
    event.add("last-modified", request.updated_at.astimezone(datetime.UTC))
    event.add("sequence", request.stream.head_sequence)
    event.add("summary", f"{_title(kind)}: {name_of(request)}")
    event.add("description", f"{request.organisation.name}\n{url}")
    event.add("url", url)
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event


def _title(kind: str) -> str:
    return {
        "deadline": _("Answer due"),
        "promise": _("Promised for today"),
        "next_action": _("Follow up"),
        "reverification": _("Check again"),
    }[kind]
