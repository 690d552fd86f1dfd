"""What a draft tells about its workspace is kept there, so that the next request need not ask for it again."""

from requests_app.catalogue.fields import FieldError
from requests_app.catalogue.procedure import Procedure
from requests_app.models import (
    Action,
    EventStream,
    Membership,
    OptOutRequest,
    Source,
    Subject,
    Workspace,
    record_event,
)


def keep_identifiers(membership: Membership, opt_out_request: OptOutRequest, procedure: Procedure) -> None:
    """Fill in what the workspace does not know yet; what it knows is never changed. Call it inside a transaction."""
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=opt_out_request.workspace_id)
    new = {
        name: value
        for name, value in _valid_values(opt_out_request, procedure).items()
        if not workspace.identifiers.get(name)
    }
    if not new:
        return
    workspace.identifiers = {**workspace.identifiers, **new}
    workspace.save(update_fields=["identifiers"])
    record_event(
        EventStream.of_organisation(membership.organisation),
        Action.WORKSPACE_CHANGED,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(workspace),
        detail={"changed": ["identifiers"]},
        personal={"identifiers": workspace.identifiers},
    )


def _valid_values(opt_out_request: OptOutRequest, procedure: Procedure) -> dict[str, str]:
    values = {}
    for field in procedure.fields:
        try:
            values[field.name] = field.clean(opt_out_request.values.get(field.name, ""))
        except FieldError:
            continue
    return values
