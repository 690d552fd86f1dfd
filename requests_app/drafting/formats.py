"""Which outputs a procedure offers: its channel decides."""

from requests_app.catalogue.procedure import Procedure

FORMATS = ("text", "eml", "pdf", "sheet", "settings", "json")

# Written to the vendor; the other channels are carried out by the organisation's own people.
WRITTEN = frozenset({"email", "form", "support_ticket", "postal_letter", "contract", "statement"})
# What these ask for is a position; nothing is switched off by them.
ASKS_POSITION = frozenset({"contract", "statement"})
MAILED = frozenset({"email", "contract", "statement", "user_setting"})


def is_written(procedure: Procedure) -> bool:
    """Return whether the request is a letter to the vendor, not an instruction to one's own people."""
    return procedure.channel in WRITTEN


def formats_of(procedure: Procedure) -> tuple[str, ...]:
    """Return the formats that the procedure can be drafted in.

    Text, PDF and JSON always; an e-mail where the request can go by e-mail (an instruction to the holders of
    accounts included); a form sheet where the request to the vendor is typed into a form or a ticket; a settings
    file for typed settings.
    """
    channels = set(procedure.channels)
    offered = {"text", "pdf", "json"}
    if procedure.channel in MAILED or (is_written(procedure) and "email" in channels):
        offered.add("eml")
    if is_written(procedure) and channels & {"form", "support_ticket"}:
        offered.add("sheet")
    if procedure.settings:
        offered.add("settings")
    return tuple(name for name in FORMATS if name in offered)
