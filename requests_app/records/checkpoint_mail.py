"""Checkpoints to the owners by mail: a copy that whoever owns the database cannot take back."""

import datetime

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from requests_app.models import Checkpoint, Membership, NoticeMail, NoticeSettings, RecordSigner, Role, SendState
from requests_app.models.notify import make_missing
from requests_app.tracking.notices.letter import Letter, compose, language_of, mail_of

# Who is left over is written to in the next hour.
AT_MOST = 200


def mail_checkpoints(now: datetime.datetime, at_most: int = AT_MOST) -> int:
    """Queue the last checkpoint for each owner who has not got one this week, and return how many were queued.

    Where nothing happened since the last one that the owner got, there is nothing to send.
    """
    owners = Membership.objects.filter(role=Role.OWNER, user__is_active=True)
    make_missing(list(owners.filter(notice_settings=None).select_related("organisation")[:at_most]), now)
    newest = Checkpoint.objects.filter(organisation=OuterRef("membership__organisation")).order_by("-size")
    rows = NoticeSettings.objects.filter(membership__in=owners, checkpoints=True).annotate(
        newest_id=Subquery(newest.values("pk")[:1]),
        newest_at=Subquery(newest.values("made_at")[:1]),
        last_at=Subquery(_sent().values("membership").values_list(Max("created_at"))),
    )
    news = rows.exclude(newest_id=None).filter(Q(last_at=None) | Q(newest_at__gt=F("last_at")))
    due = news.select_related("membership__organisation__mail_settings", "membership__user").order_by("last_at", "pk")
    return sum(_queue(row, row.newest_id, now) for row in due[:at_most])


def _sent() -> QuerySet[NoticeMail]:
    return NoticeMail.objects.filter(kind=NoticeMail.CHECKPOINT, membership=OuterRef("membership")).order_by()


def _queue(row: NoticeSettings, checkpoint_id: int, now: datetime.datetime) -> int:
    day = timezone.localdate(now, row.zone)
    period = day - datetime.timedelta(days=day.weekday())
    mail = mail_of(row)
    same = {"membership": row.membership, "kind": NoticeMail.CHECKPOINT, "period": period}
    if mail is None or NoticeMail.objects.filter(**same).exists():
        return 0
    checkpoint = Checkpoint.objects.get(pk=checkpoint_id)
    with translation.override(language_of(row)):
        content = compose(row, mail, _letter(row, checkpoint), now)
    _mail, is_new = NoticeMail.objects.get_or_create(
        **same,
        defaults={
            "state": SendState.QUEUED,
            "created_at": now,
            "due_at": row.quiet_until(now),
            "recipient": row.membership.user.email,
            "sender": mail.from_address,
            "content": content,
        },
    )
    return int(is_new)


def _letter(row: NoticeSettings, checkpoint: Checkpoint) -> Letter:
    local = timezone.localtime(checkpoint.made_at, row.zone)
    day = formats.date_format(local, "DATE_FORMAT")
    subject = _("Checkpoint of the history of {name}, {day}").format(name=row.membership.organisation.name, day=day)
    signer = RecordSigner.objects.filter(organisation=row.membership.organisation)
    certificate = signer.values_list("fingerprint", flat=True).first()
    return Letter("checkpoint", subject, {"checkpoint": checkpoint, "day": day, "certificate": certificate})
