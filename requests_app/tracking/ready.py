"""Whether a draft is ready to leave, told from its row alone, so that it can be said of thousands at once."""

from dataclasses import dataclass, field

from requests_app.catalogue.email_address import ascii_address
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.delivery.handover import How, hows_of
from requests_app.drafting.draft import recipient_email_of
from requests_app.drafting.requests import checked_values, main_output, snapshot_of
from requests_app.drafting.values import Problem, ValuesRefused
from requests_app.models import OptOutRequest


@dataclass(frozen=True)
class Ready:
    """Looks at drafts one after the other; what they were drafted from is made once for all of the same version."""

    _snapshots: dict[int, Snapshot] = field(default_factory=dict)

    def procedure_of(self, row: OptOutRequest) -> Snapshot:
        """Return what the row was drafted from."""
        if row.version_id not in self._snapshots:
            self._snapshots[row.version_id] = snapshot_of(row)
        return self._snapshots[row.version_id]

    def way_of(self, row: OptOutRequest) -> How:
        """Return how it would be handed over: the usual way, or by e-mail where that can be and it names an address."""
        ways = hows_of(self.procedure_of(row))
        return How.EMAIL if How.EMAIL in ways and row.values.get("recipient_email", "").strip() else ways[0]

    def address_of(self, row: OptOutRequest) -> str:
        """Return the address that its mail would go to, of a draft without problems."""
        return ascii_address(recipient_email_of(self.procedure_of(row), row.values).strip())

    def problems_of(self, row: OptOutRequest) -> list[Problem]:
        """Return what is missing or wrong before it can go that way."""
        procedure = self.procedure_of(row)
        output = "eml" if self.way_of(row) == How.EMAIL else main_output(procedure)
        try:
            checked_values(row, procedure, output)
        except ValuesRefused as refusal:
            return refusal.problems
        return []
