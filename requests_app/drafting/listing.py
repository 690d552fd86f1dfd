"""What there is to draft: every procedure with its channel, formats and fields."""

import json
from collections.abc import Iterable

from requests_app.catalogue.fields import recipient_fields, sender_fields
from requests_app.catalogue.procedure import Procedure
from requests_app.drafting.formats import formats_of
from requests_app.drafting.values import required_for


def as_table(procedures: Iterable[Procedure]) -> str:
    """Return one block of three lines per procedure; fields in brackets may be left out."""
    sender = ", ".join(field.name for field in sender_fields())
    recipient = ", ".join(f"[{field.name}]" for field in recipient_fields())
    head = f"Every draft also takes: {sender}, {recipient}"
    return "\n\n".join([head, *(_block(procedure) for procedure in procedures)])


def _block(procedure: Procedure) -> str:
    fields = [field.name if field.required else f"[{field.name}]" for field in procedure.fields]
    return (
        f"{procedure.name}  ({procedure.channel})\n"
        f"    {procedure.optout['title']['en']}: {', '.join(formats_of(procedure))}\n"
        f"    fields: {', '.join(fields) or 'none of its own'}"
    )


def as_json(procedures: Iterable[Procedure]) -> str:
    """Return the same as a JSON list, with the fields that each format cannot do without."""
    listed = [
        {
            "procedure": procedure.name,
            "title": procedure.optout["title"],
            "channel": procedure.channel,
            "formats": formats_of(procedure),
            "fields": [field.name for field in procedure.fields],
            "required": {output: sorted(required_for(procedure, output)) for output in formats_of(procedure)},
        }
        for procedure in procedures
    ]
    return json.dumps(listed, ensure_ascii=False, indent=2)
