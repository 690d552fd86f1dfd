"""What cannot wait for the digest: a mail to each person, at most one in a while, however much comes at once."""

import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from requests_app.models import Notice, NoticeKind, NoticeMail, NoticeSettings
from requests_app.tracking.notices.addresses import page
from requests_app.tracking.notices.letter import Letter, compose, language_of, mail_of
from requests_app.tracking.notices.words import name_of, sentence_of, told_once

# No second mail before that: what happens meanwhile is told together.
APART = datetime.timedelta(minutes=15)
AT_MOST = 200
SHOWN = 20


def gather(now: datetime.datetime) -> int:
    """Queue a mail for each person for whom notices are due, and return how many were queued."""
    due = Notice.objects.filter(mail=None, post=None, membership__isnull=False, due_at__lte=now)
    people = list(due.order_by().values_list("membership", flat=True).distinct()[:AT_MOST])
    return sum(_gather(membership, now) for membership in people)


def _gather(membership: int, now: datetime.datetime) -> int:
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        rows = NoticeSettings.objects.select_for_update(skip_locked=skip, of=("self",))
        related = rows.select_related("membership__organisation__mail_settings", "membership__user")
        row = related.filter(membership=membership).first()
        if row is None:  # Another worker is at it, or the person has left.
            return 0
        waiting = Notice.objects.filter(membership=membership, mail=None, due_at__lte=now)
        earliest = row.quiet_until(max(now, row.last_at_once_at + APART if row.last_at_once_at else now))
        if earliest > now:
            waiting.update(due_at=earliest)
            return 0
        return _queue(row, waiting, now)


def _queue(row: NoticeSettings, waiting: QuerySet[Notice], now: datetime.datetime) -> int:
    mail = mail_of(row)
    notices = list(waiting.select_related("request__workspace__vendor").order_by("pk"))
    if mail is None or not notices:
        waiting.delete()  # There is no way to tell anybody; the page Today shows all of it.
        return 0
    with translation.override(language_of(row)):
        content = compose(row, mail, _letter(row, notices), now)
    queued = NoticeMail.objects.create(
        membership=row.membership,
        kind=NoticeMail.AT_ONCE,
        created_at=now,
        due_at=now,
        recipient=row.membership.user.email,
        sender=mail.from_address,
        content=content,
    )
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mail=queued)
    NoticeSettings.objects.filter(pk=row.pk).update(last_at_once_at=now)
    return 1


def _letter(row: NoticeSettings, told: list[Notice]) -> Letter:
    organisation = row.membership.organisation
    notices = told_once(told)
    shown = [
        {
            "name": name_of(notice.request),
            "words": sentence_of(notice.kind, notice.request, notice.detail),
            "url": page("request", organisation.slug, notice.request_id),
        }
        for notice in notices[:SHOWN]
    ]
    if len(notices) == 1:
        heading, subject = shown[0]["words"], f"{shown[0]['words']}: {shown[0]['name']}"
    else:
        kinds = {notice.kind for notice in notices}
        what = NoticeKind(kinds.pop()).label if len(kinds) == 1 else _("News")
        heading = subject = _("%(what)s: %(n)d requests of %(name)s") % {
            "what": what,
            "n": len({notice.request_id for notice in notices}),
            "name": organisation.name,
        }
    url = page("requests", organisation.slug)
    context = {"heading": heading, "shown": shown, "more": len(notices) - len(shown), "requests_url": url}
    return Letter("at_once", subject, context)
