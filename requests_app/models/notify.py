"""Telling people and channels what happened: rows only, inside the transaction of the change."""

import datetime
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from requests_app.models.channel import NoticeKind, NotificationChannel
from requests_app.models.membership import Membership, Role
from requests_app.models.notice import Digest, Notice, NoticeSettings
from requests_app.models.request import OptOutRequest

# What a person can be told without waiting for the next digest.
AT_ONCE = (NoticeKind.BOUNCE, NoticeKind.REFUSAL, NoticeKind.OVERDUE)
# A storm has passed by then, and becomes one mail.
SETTLES_IN = datetime.timedelta(minutes=2)


def notify(opt_out_request: OptOutRequest, kind: NoticeKind, *, detail: dict[str, str] | None = None) -> list[Notice]:
    """Write a notice for each member and channel that is to be told, and return them."""
    return notify_all([(opt_out_request, detail or {})], kind)


def notify_all(changes: Iterable[tuple[OptOutRequest, dict[str, str]]], kind: NoticeKind) -> list[Notice]:
    """Do the same for many requests, with four queries for each organisation, and return the notices."""
    now = timezone.now()
    by_organisation: dict[UUID, list[tuple[OptOutRequest, dict[str, str]]]] = {}
    for change in changes:
        by_organisation.setdefault(change[0].organisation_id, []).append(change)
    notices: list[Notice] = []
    for organisation_id, theirs in by_organisation.items():
        people = _settings_of_all(organisation_id, now)
        channels = NotificationChannel.objects.filter(organisation_id=organisation_id, disabled_at=None)
        listening = [channel for channel in channels.defer("url", "secret") if kind in channel.events]
        for request, detail in theirs:
            told = _who_is_told(request, people)
            notices += [_for_member(row, request, kind, detail, now) for row in told if _wants(row, kind)]
            notices += [
                Notice(channel=row, request=request, kind=kind, detail=detail, created_at=now, due_at=now + SETTLES_IN)
                for row in listening
            ]
    return Notice.objects.bulk_create(notices, batch_size=500)


def settings_of(membership: Membership, now: datetime.datetime) -> NoticeSettings:
    """Return how this member wants to be told; the first time, the usual settings are saved."""
    row = NoticeSettings.objects.filter(membership=membership).first()
    if row is None:
        make_missing([membership], now)
        row = NoticeSettings.objects.get(membership=membership)
    row.membership = membership
    return row


def make_missing(memberships: Sequence[Membership], now: datetime.datetime) -> None:
    """Save the usual settings of these members: a daily digest for whoever works here, nothing for an auditor."""
    rows = []
    for membership in memberships:
        works = membership.can_edit
        row = NoticeSettings(membership=membership, digest=Digest.DAILY if works else Digest.OFF)
        row.at_once = [str(kind) for kind in AT_ONCE] if works else []
        row.next_digest_at = row.digest_after(now)
        rows.append(row)
    NoticeSettings.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _settings_of_all(organisation_id: UUID, now: datetime.datetime) -> list[NoticeSettings]:
    members = Membership.objects.filter(organisation_id=organisation_id, user__is_active=True)
    missing = list(members.filter(notice_settings=None).select_related("organisation"))
    if missing:
        make_missing(missing, now)
    rows = NoticeSettings.objects.filter(membership__in=members)
    return list(rows.select_related("membership__organisation").order_by("pk"))


def _who_is_told(request: OptOutRequest, people: list[NoticeSettings]) -> list[NoticeSettings]:
    """Return whoever is responsible, else all who could take it on."""
    responsible = [row for row in people if row.membership.user_id == request.responsible_id]
    return responsible or [row for row in people if row.membership.may(Role.ADMIN)]


def _wants(row: NoticeSettings, kind: NoticeKind) -> bool:
    return kind in row.at_once if kind in AT_ONCE else row.digest != Digest.OFF


def _for_member(
    row: NoticeSettings, request: OptOutRequest, kind: NoticeKind, detail: dict[str, str], now: datetime.datetime
) -> Notice:
    due_at = row.quiet_until(now + SETTLES_IN) if kind in AT_ONCE else None
    return Notice(membership=row.membership, request=request, kind=kind, detail=detail, created_at=now, due_at=due_at)
