"""What a notice says, in one sentence."""

from collections.abc import Iterable, Mapping

from django.utils import formats
from django.utils.translation import gettext as _

from requests_app.models import Notice, NoticeKind, OptOutRequest


def sentence_of(kind: str, request: OptOutRequest, detail: Mapping[str, str]) -> str:
    """Return what happened; the vendor is named by the line that it stands in."""
    if kind == NoticeKind.BOUNCE:
        address = detail.get("address")
        return _("Mail to {address} came back").format(address=address) if address else _("Mail came back")
    if kind == NoticeKind.REFUSAL:
        return _("The vendor refused")
    if kind == NoticeKind.OVERDUE:
        if request.answer_by is None:
            return _("The answer is overdue")
        return _("The answer was due on {day}").format(day=formats.date_format(request.answer_by, "DATE_FORMAT"))
    if kind == NoticeKind.VERSION_CHANGED:
        return _("The procedure has changed since this was drafted")
    return kind


def told_once(notices: Iterable[Notice]) -> list[Notice]:
    """Return the last notice of each request and kind, in the order of the first: a storm says one thing many times."""
    last: dict[tuple[int, str], Notice] = {}
    for notice in notices:
        last[notice.request_id, notice.kind] = notice
    return list(last.values())


def name_of(request: OptOutRequest) -> str:
    """Return what people call the request: vendor, workspace, and its reference once it has one."""
    workspace = request.workspace
    return " · ".join(part for part in (workspace.vendor.short_name, workspace.name, request.reference) if part)
