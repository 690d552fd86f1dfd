"""The digest: what needs a person today, once for each period whatever restarts."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from requests_app.models import (
    Digest,
    Membership,
    Notice,
    NoticeMail,
    NoticeSettings,
    OptOutRequest,
    OutgoingMail,
    SendState,
    Status,
)
from requests_app.models.languages import in_language
from requests_app.models.local_time import latest_digest
from requests_app.models.notify import make_missing
from requests_app.models.status import AWAITS_ANSWER
from requests_app.tracking.needs import Found, Needs, needs_of, not_snoozed
from requests_app.tracking.notices.addresses import absolute, page
from requests_app.tracking.notices.letter import Letter, compose, language_of, mail_of
from requests_app.tracking.notices.words import name_of, sentence_of, told_once

# How many members are seen to in one pass; the next minute goes on.
AT_MOST = 200
SHOWN = 10
_LEFT_OUT = ("values", "body", "snapshot", "procedure__search_text", "workspace__vendor__content")


@dataclass(frozen=True)
class Line:
    """One thing: what people call it, what there is to say of it, and its page."""

    name: str
    words: str
    url: str


@dataclass(frozen=True)
class Section:
    """Some of the things of one kind, each with its address, how many there are, and the page that has them all."""

    title: str
    count: int
    lines: list[Line]
    url: str

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.lines)


def make_digests(now: datetime.datetime, at_most: int = AT_MOST) -> int:
    """Queue the digests that are due and return how many there were. Any number of schedulers may do this at once."""
    new = Membership.objects.filter(notice_settings=None).select_related("organisation")
    make_missing(list(new[:at_most]), now)
    due = NoticeSettings.objects.filter(next_digest_at__lte=now).order_by("next_digest_at", "pk")
    rows = due.select_related("membership__organisation__mail_settings", "membership__user")
    return sum(_make(row, now) for row in rows[:at_most])


def _make(row: NoticeSettings, now: datetime.datetime) -> int:
    """Queue one digest, or note that there is nothing to say; return how many were queued."""
    mail = mail_of(row)
    told = list(_changed(row)) if mail else []
    content = _content(row, told_once(told), now) if mail else b""
    with transaction.atomic():
        mine = NoticeSettings.objects.filter(pk=row.pk, next_digest_at=row.next_digest_at)
        if not mine.update(next_digest_at=row.digest_after(now)) or mail is None:
            return 0
        queued, is_new = NoticeMail.objects.get_or_create(
            membership=row.membership,
            kind=row.digest,
            period=period_of(row, now),
            defaults={
                "state": SendState.QUEUED if content else SendState.CANCELLED,
                "created_at": now,
                "due_at": row.quiet_until(now),
                "ended_at": None if content else now,
                "recipient": row.membership.user.email,
                "sender": mail.from_address,
                "content": content,
            },
        )
        if is_new and content:
            Notice.objects.filter(pk__in=[notice.pk for notice in told]).update(mail=queued)
    return int(is_new and bool(content))


def period_of(row: NoticeSettings, now: datetime.datetime) -> datetime.date:
    """Return the period that a digest at this time is for: the local day, or the Monday of the week."""
    day = latest_digest(now, row.zone, row.digest_weekday)
    return day - datetime.timedelta(days=day.weekday()) if row.digest == Digest.WEEKLY else day


def _changed(row: NoticeSettings) -> Iterator[Notice]:
    """Return what waits for the digest."""
    waiting = Notice.objects.filter(membership=row.membership, mail=None, due_at=None)
    return waiting.select_related("request__workspace__vendor")[:200].iterator()


def _content(row: NoticeSettings, told: list[Notice], now: datetime.datetime) -> bytes:
    """Return the mail; empty where there is nothing to say."""
    mail = mail_of(row)
    with translation.override(language_of(row)):
        needs = needs_of(row.membership.organisation, row.membership.user_id)
        sections = list(sections_of(row.membership, needs, told))
        if mail is None or not sections:
            return b""
        letter = Letter("digest", _subject(row, sections), {"sections": sections, "day": needs.day})
        return compose(row, mail, letter, now)


def _subject(row: NoticeSettings, sections: list[Section]) -> str:
    number = sum(section.count for section in sections)
    words = translation.ngettext("%(n)d thing needs you at %(name)s", "%(n)d things need you at %(name)s", number)
    return words % {"n": number, "name": row.membership.organisation.name}


def sections_of(membership: Membership, needs: Needs, told: list[Notice]) -> Iterator[Section]:
    """Return what there is to do, the most urgent first."""
    everything = reverse("requests", args=[membership.organisation.slug])
    for title, name, query in (
        (_("Answer overdue"), "overdue", "?answer=overdue&sort=due"),
        (_("Action needed"), "action_needed", "?status=action_needed"),
        (_("Mail that came back"), "bounced", "?needs=bounced"),
        (_("Mail that was not sent"), "unsent", "?needs=unsent"),
        (_("To be checked again"), "reverifications", "?needs=reverification"),
        (_("Drafts to finish or hand over"), "drafts", "?status=draft&sort=old"),
    ):
        found: Found = getattr(needs, name)
        if found.count:
            yield Section(
                title, found.count, [_line(membership, row) for row in found.rows], absolute(everything + query)
            )
    if told:
        lines = [_told(membership, notice) for notice in told[:SHOWN]]
        yield Section(
            _("Procedures that changed"), len(told), lines, page("version_changes", membership.organisation.slug)
        )
    if membership.can_edit:
        yield from _of_all(membership, needs.day)


def _of_all(membership: Membership, day: datetime.date) -> Iterator[Section]:
    """Return what any member may take on: mail that waits for a second person, and what nobody is responsible for."""
    rows = OptOutRequest.objects.filter(organisation=membership.organisation)
    mails = OutgoingMail.objects.filter(organisation=membership.organisation, state=SendState.WAITING)
    waiting = rows.filter(pk__in=mails.exclude(queued_by=membership.user).values("request"))
    left = not_snoozed(rows.filter(responsible=None), day)
    due = left.filter(Q(status=Status.ACTION_NEEDED) | Q(status__in=AWAITS_ANSWER, answer_by__lt=day))
    slug = membership.organisation.slug
    for title, found, url in (
        (_("Mail that waits for a second person"), waiting, page("requests", slug) + "?needs=approval"),
        (_("Due, and nobody is responsible"), due, page("requests", slug)),
    ):
        if count := found.count():
            shown = found.select_related("workspace__vendor", "procedure").order_by("pk").defer(*_LEFT_OUT)[:SHOWN]
            yield Section(title, count, [_line(membership, row) for row in shown], url)


def _line(membership: Membership, row: Any) -> Line:
    return Line(name_of(row), in_language(row.procedure.title), page("request", membership.organisation.slug, row.pk))


def _told(membership: Membership, notice: Notice) -> Line:
    words = sentence_of(notice.kind, notice.request, notice.detail)
    return Line(name_of(notice.request), words, page("request", membership.organisation.slug, notice.request_id))
