"""The draft of an opt-out request in the database: started, changed, and made into text."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.catalogue.fields import FieldError, refuse_control_characters
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.drafting.draft import Draft, GroundRefused, make_draft
from requests_app.drafting.formats import formats_of
from requests_app.drafting.grounds import default_ground
from requests_app.drafting.identifiers import keep_identifiers
from requests_app.drafting.values import Problem, ValuesRefused, check_values, fields_for
from requests_app.drafting.wording import LOCALES, WordingError
from requests_app.drafting.working_days import calendar_of
from requests_app.models import (
    Action,
    Campaign,
    EventStream,
    Membership,
    OptOutRequest,
    Organisation,
    OwnWording,
    Procedure,
    Source,
    Status,
    StreamKind,
    Subject,
    User,
    Workspace,
    record_event,
)


class DraftRefused(ValueError):
    """A request that cannot be started or changed; says why."""


class EditedMeanwhile(ValueError):
    """Somebody else saved the draft after it was opened; holds the row as it now is."""

    def __init__(self, current: OptOutRequest) -> None:
        super().__init__(f"request {current.pk} is at edition {current.edition}")
        self.current = current


def snapshot_of(opt_out_request: OptOutRequest) -> Snapshot:
    """Return the procedure as it was when the request was drafted."""
    return Snapshot(opt_out_request.version.content)


def initial_values(
    organisation: Organisation, workspace: Workspace, procedure: Snapshot, membership: Membership
) -> dict[str, str]:
    """Return what is known of the fields of a draft; without a signatory, who drafts it signs."""
    known = {
        **workspace.identifiers,
        "organisation_name": organisation.name,
        "organisation_address": organisation.postal_address.replace("\r\n", "\n"),
        "organisation_country": organisation.country,
        "signatory_name": organisation.signatory_name or membership.user.name,
        "signatory_role": organisation.signatory_role,
        "signatory_email": organisation.signatory_email or membership.user.email,
    }
    return {field.name: str(known.get(field.name, "")) for field in fields_for(procedure)}


def start_request(
    membership: Membership,
    workspace: Workspace,
    procedure: Procedure,
    *,
    locale: str | None = None,
    ground: str | None = None,
    campaign: Campaign | None = None,
    responsible: User | None = None,
) -> OptOutRequest:
    """Return a new draft of the procedure's latest version for the workspace, filled with what is known.

    Without a person named, whoever is responsible for the workspace is so for the request. Raises DraftRefused for a
    workspace or procedure that is retired, or that does not belong together.
    """
    organisation = membership.organisation
    if workspace.organisation_id != organisation.pk or workspace.vendor_id != procedure.vendor_id:
        raise DraftRefused(_("This procedure is of another vendor than the workspace."))
    if workspace.retired_at or procedure.retired_at:
        raise DraftRefused(_("What is retired gets no new requests."))
    version = procedure.versions.order_by("-number")[0]
    snapshot = Snapshot(version.content)
    fallback = organisation.language if organisation.language in LOCALES else LOCALES[0]
    now = timezone.now()
    opt_out_request = OptOutRequest(
        organisation=organisation,
        workspace=workspace,
        procedure=procedure,
        version=version,
        locale=_known_locale(locale or fallback),
        ground=_allowed_ground(snapshot, ground or default_ground(snapshot, organisation.country)),
        values=initial_values(organisation, workspace, snapshot, membership),
        campaign=campaign,
        responsible=responsible or workspace.responsible or membership.user,
        created_by=membership.user,
        created_at=now,
        updated_at=now,
    )
    with transaction.atomic():
        opt_out_request.stream = EventStream.objects.create(
            organisation=organisation, kind=StreamKind.REQUEST, name=uuid.uuid4().hex
        )
        opt_out_request.save(force_insert=True)
        record_change(membership, opt_out_request, Action.REQUEST_DRAFTED, _facts(opt_out_request))
    return opt_out_request


def save_draft(
    membership: Membership,
    opt_out_request: OptOutRequest,
    *,
    values: Mapping[str, str],
    subject: str,
    body: str,
    ground: str,
    locale: str,
    edition: int,
) -> OptOutRequest:
    """Save the draft, wrong and missing values included, and return it; `edition` is the one that was opened.

    Raises EditedMeanwhile when somebody else saved since, and DraftRefused once the request is handed over. What
    did not change makes no new edition and no event. What the workspace did not know yet is kept there, too.
    """
    snapshot = snapshot_of(opt_out_request)
    new: dict[str, Any] = {
        "values": {field.name: values.get(field.name, "") for field in fields_for(snapshot)},
        "subject": subject,
        "body": body.replace("\r\n", "\n"),
        "ground": _allowed_ground(snapshot, ground),
        "locale": _known_locale(locale),
    }
    with transaction.atomic():
        current = locked_draft(opt_out_request)
        changed = _changed(current, new)
        if not changed:
            return current
        if current.edition != edition:
            raise EditedMeanwhile(current)
        for name, value in new.items():
            setattr(current, name, value)
        current.edition += 1
        current.updated_at = timezone.now()
        current.save(update_fields=[*new, "edition", "updated_at"])
        record_change(membership, current, Action.REQUEST_CHANGED, {"edition": current.edition, "changed": changed})
        keep_identifiers(membership, current, snapshot)
    return current


def locked_draft(opt_out_request: OptOutRequest) -> OptOutRequest:
    """Return the row under its lock; call it in a transaction. Raises DraftRefused once it is handed over."""
    rows = OptOutRequest.objects.select_for_update(of=("self",)).select_related("organisation", "version", "stream")
    current = rows.get(pk=opt_out_request.pk)
    if current.status != Status.DRAFT:
        raise DraftRefused(_("This request is handed over already; what was sent does not change."))
    return current


def _changed(current: OptOutRequest, new: Mapping[str, Any]) -> list[str]:
    """Return the names of what is new: columns, and fields among the values."""
    columns = [name for name in new if name != "values" and getattr(current, name) != new[name]]
    return sorted(columns) + sorted(name for name, value in new["values"].items() if current.values.get(name) != value)


def problems_of(opt_out_request: OptOutRequest, output: str | None = None) -> list[Problem]:
    """Return what is missing or wrong before the request can be handed over; nothing for one that was."""
    try:
        draft_of(opt_out_request, output=output or main_output(snapshot_of(opt_out_request)))
    except ValuesRefused as refusal:
        return refusal.problems
    return []


def main_output(procedure: Snapshot) -> str:
    """Return the output without which the procedure cannot be carried out: the e-mail, the letter, or the text."""
    if procedure.channel == "postal_letter":
        return "pdf"
    return "eml" if procedure.channel == "email" and "eml" in formats_of(procedure) else "text"


def draft_of(opt_out_request: OptOutRequest, *, output: str = "text", day: date | None = None) -> Draft:
    """Return the request as it would be handed over that day (today), or as it was.

    The organisation's own wording and what was edited in this request are applied. Raises ValuesRefused with all
    that is missing or wrong for the output.
    """
    if opt_out_request.snapshot:
        return frozen_draft(opt_out_request)
    values = checked_values(opt_out_request, snapshot_of(opt_out_request), output)
    return draft_with(opt_out_request, values, day=day)


def checked_values(opt_out_request: OptOutRequest, procedure: Snapshot, output: str) -> dict[str, str]:
    """Return the values as they will stand in the draft; `procedure` is the request's own.

    Raises ValuesRefused with all that is missing or wrong in them, or in the texts that were edited by hand.
    """
    problems = _text_problems(opt_out_request)
    try:
        values = check_values(procedure, opt_out_request.values, output)
    except ValuesRefused as refusal:
        raise ValuesRefused([*refusal.problems, *problems]) from refusal
    if problems:
        raise ValuesRefused(problems)
    return values


def draft_with(opt_out_request: OptOutRequest, values: Mapping[str, str], *, day: date | None = None) -> Draft:
    """Return the draft with these values, which need not be checked. Raises ValuesRefused for a wording."""
    try:
        return make_draft(
            snapshot_of(opt_out_request),
            values,
            locale=opt_out_request.locale,
            day=day or opt_out_request.organisation.today(),
            ground=opt_out_request.ground,
            ask=own_ask(opt_out_request),
            subject=opt_out_request.subject,
            body=opt_out_request.body,
            calendar=calendar_of(opt_out_request.organisation),
        )
    except WordingError as error:
        message = _("Your organisation's own wording cannot be filled: {reason}. Mend it in the settings.")
        raise ValuesRefused([Problem("body", message.format(reason=error))]) from error


def own_ask(opt_out_request: OptOutRequest) -> str | None:
    """Return the organisation's own wording for the request's procedure and language, if it keeps one."""
    wordings = OwnWording.objects.filter(
        organisation=opt_out_request.organisation_id,
        procedure=opt_out_request.procedure_id,
        locale=opt_out_request.locale,
    )
    return wordings.values_list("text", flat=True).first()


def frozen_draft(opt_out_request: OptOutRequest) -> Draft:
    """Return the draft as its snapshot keeps it: nothing of it depends on what the catalogue says today."""
    kept: Mapping[str, Any] = opt_out_request.snapshot or {}
    return Draft(
        procedure=snapshot_of(opt_out_request),
        values=kept["values"],
        locale=kept["locale"],
        ground=kept["ground"],
        day=date.fromisoformat(kept["day"]),
        answer_by=date.fromisoformat(kept["answer_by"]),
        recipient_name=kept["recipient"]["name"],
        recipient_email=kept["recipient"]["email"],
        recipient_lines=tuple(kept["recipient"]["lines"]),
        subject=kept["subject"],
        body=kept["body"],
        closing=kept["closing"],
        details=tuple((label, value) for label, value in kept["details"]),
    )


def _text_problems(opt_out_request: OptOutRequest) -> list[Problem]:
    """Return what is wrong with the texts that were edited by hand: a subject is one line, both are plain text."""
    problems = []
    for name, allowed in (("subject", ""), ("body", "\n")):
        try:
            refuse_control_characters(getattr(opt_out_request, name), allowed)
        except FieldError as error:
            problems.append(Problem(name, str(error)))
    return problems


def _known_locale(locale: str) -> str:
    if locale not in LOCALES:
        raise DraftRefused(_("A request can be in: {locales}.").format(locales=", ".join(LOCALES)))
    return locale


def _allowed_ground(procedure: Snapshot, ground: str) -> str:
    if ground not in procedure.optout["grounds"]:
        raise GroundRefused(f"“{ground}” does not fit {procedure.name}.")
    return ground


def _facts(opt_out_request: OptOutRequest) -> dict[str, Any]:
    campaign = {"campaign": opt_out_request.campaign_id} if opt_out_request.campaign_id else {}
    return {
        **campaign,
        "procedure": str(opt_out_request.procedure),
        "version": opt_out_request.version.number,
        "version_hash": opt_out_request.version.content_hash,
        "workspace": opt_out_request.workspace_id,
        "locale": opt_out_request.locale,
        "ground": opt_out_request.ground,
    }


def record_change(
    membership: Membership, opt_out_request: OptOutRequest, action: Action, detail: Mapping[str, Any]
) -> None:
    """Write one event about the request, done by a person on a page; call it in the transaction of the change."""
    record_event(
        opt_out_request.stream,
        action,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(opt_out_request),
        detail=detail,
    )
