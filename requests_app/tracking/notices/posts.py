"""What goes to the organisation's channels: notices of one kind become one post, which is tried until it is taken."""

import datetime
import time
from collections import Counter

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from requests_app.models import (
    ChannelKind,
    ChannelPost,
    Notice,
    NoticeKind,
    NotificationChannel,
    SendState,
)
from requests_app.tracking.notices.addresses import page
from requests_app.tracking.notices.channels import disable_gone
from requests_app.tracking.notices.claims import claim_one, end, give_up_abandoned
from requests_app.tracking.notices.guarded import Answer, Poster
from requests_app.tracking.notices.messages import body_of, headers_of
from requests_app.tracking.notices.words import name_of, sentence_of, told_once

AT_MOST = 200
ITEMS = 50
# Seconds after which a pass begins no other post.
LONGEST_PASS = 40
TEST = "test"


def gather_posts(now: datetime.datetime) -> int:
    """Queue a post for each channel and kind of notice that is due, and return how many were queued."""
    due = Notice.objects.filter(mail=None, post=None, channel__isnull=False, due_at__lte=now)
    waiting = due.order_by().values_list("channel", "kind").distinct()[:AT_MOST]
    return sum(_gather(channel, kind, now) for channel, kind in waiting)


def _gather(channel_id: int, kind: str, now: datetime.datetime) -> int:
    with transaction.atomic():
        rows = NotificationChannel.objects.select_for_update(of=("self",)).select_related("organisation")
        channel = rows.filter(pk=channel_id).first()
        waiting = Notice.objects.filter(channel=channel_id, post=None, kind=kind, due_at__lte=now)
        notices = list(waiting.select_related("request__workspace__vendor").order_by("pk"))
        if channel is None or not notices:
            return 0
        if channel.disabled_at:
            waiting.delete()
            return 0
        post = ChannelPost.objects.create(
            channel=channel, kind=kind, payload=_payload(channel, kind, notices), created_at=now, due_at=now
        )
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(post=post)
    return 1


def _payload(channel: NotificationChannel, kind: str, notices: list[Notice]) -> dict[str, object]:
    organisation = channel.organisation
    told = told_once(notices)
    with translation.override(organisation.language):
        items = [
            {
                "reference": notice.request.reference,
                "name": name_of(notice.request),
                "text": sentence_of(kind, notice.request, notice.detail),
                "url": page("request", organisation.slug, notice.request_id),
            }
            for notice in told[:ITEMS]
        ]
        title = f"{NoticeKind(kind).label} ({organisation.name})"
    url = page("requests", organisation.slug)
    return {"title": title, "organisation": organisation.slug, "count": len(told), "items": items, "url": url}


def queue_test(channel: NotificationChannel, now: datetime.datetime) -> ChannelPost:
    """Return a post that says nothing but that it works."""
    organisation = channel.organisation
    title = _("Optout can post here (%(name)s)") % {"name": organisation.name}
    url = page("today", organisation.slug)
    payload = {"title": title, "organisation": organisation.slug, "count": 0, "items": [], "url": url}
    return ChannelPost.objects.create(channel=channel, kind=TEST, payload=payload, created_at=now, due_at=now)


def deliver_posts(poster: Poster | None = None, longest: float = LONGEST_PASS) -> Counter[str]:
    """Post what is due and return how many ended how. Any number of workers may do this at the same time."""
    poster = poster or Poster()
    passed: Counter[str] = Counter()
    passed["abandoned"] = give_up_abandoned(ChannelPost, timezone.now())
    stop = time.monotonic() + longest
    while time.monotonic() < stop:
        post = claim_one(ChannelPost, timezone.now())
        if post is None:
            break
        passed[attempt(post, poster)] += 1
    return passed


def attempt(post: ChannelPost, poster: Poster) -> SendState:
    """Make one attempt at a claimed post, write how it ended, and return its new state."""
    now = timezone.now()
    if post.channel.organisation.is_demo:
        end(post, SendState.FAILED, now, reply=_("This is demo data: it is never sent."))
        return SendState.FAILED
    body = body_of(post)
    answer = poster.post(post.channel.url, body, headers_of(post, body, now))
    state = state_after(answer, post.channel.kind)
    end(post, state, timezone.now(), code=answer.code, reply=answer.text)
    if answer.code == 410:
        disable_gone(post.channel, timezone.now())
    return state


def state_after(answer: Answer, kind: str) -> SendState:
    """Return what an answer means: `queued` is another attempt.

    What may have arrived is posted again to webhooks alone: they know the repetition by its identifier.
    """
    if 200 <= answer.code < 300:
        return SendState.SENT
    if answer.code in (408, 425, 429) or answer.code >= 500:
        return SendState.QUEUED
    if answer.code:
        again = kind == ChannelKind.WEBHOOK and answer.code != 410
        return SendState.QUEUED if again else SendState.FAILED
    if answer.in_doubt:
        return SendState.QUEUED if kind == ChannelKind.WEBHOOK else SendState.UNKNOWN
    return SendState.QUEUED
