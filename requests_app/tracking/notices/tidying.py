"""Keeping the tables of notices small."""

import datetime

from django.db.models import Q

from requests_app.models import ChannelPost, Notice, NoticeMail, SendState

KEPT = datetime.timedelta(days=30)
POSTS_KEPT = 200
_OPEN = (SendState.QUEUED, SendState.SENDING)


def tidy(now: datetime.datetime) -> int:
    """Delete what was told long ago, and all but the last posts of each channel; return how many rows went."""
    old = now - KEPT
    told = Notice.objects.filter(created_at__lt=old).exclude(mail=None, post=None)
    mails = NoticeMail.objects.filter(created_at__lt=old).exclude(state__in=_OPEN)
    posts = ChannelPost.objects.exclude(state__in=_OPEN)
    deleted = told.delete()[0] + mails.delete()[0] + posts.filter(created_at__lt=old).delete()[0]
    for channel in posts.order_by().values_list("channel", flat=True).distinct():
        ids = list(
            posts.filter(channel=channel).order_by("-pk").values_list("pk", flat=True)[POSTS_KEPT : POSTS_KEPT + 1]
        )
        if ids:
            deleted += posts.filter(Q(channel=channel), pk__lte=ids[0]).delete()[0]
    return deleted
