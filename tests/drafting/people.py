"""Values that tests draft with, and the awkward ones that must come out as typed."""

from requests_app.catalogue.procedure import Procedure
from requests_app.drafting.values import required_for

SENDER = {
    "organisation_name": "Example GmbH",
    "organisation_address": "Musterstraße 1\n10115 Berlin\nGermany",
    "organisation_country": "DE",
    "signatory_name": "Jane Doe",
    "signatory_role": "Workspace Owner",
    "signatory_email": "jane.doe@example.org",
}

AWKWARD = (
    "A$&B $1 $$ Corp",
    "{{ workspace_url }} Ltd",
    "{% if true %}x{% endif %}",
    "AT&T <Legal> O'Neil",
    "contact <jane@x.org> if a < b",
    "100 %",
    "%s %(x)s {0} \\1 \\g<0> ${HOME} `id`",
    "&amp; &lt;b&gt;",
    "Long Name " * 10 + "Ltd.!",
    "Ελληνική Εταιρεία Α.Ε.",
    "شركة المثال",
    "חברת הדוגמה",
)


def values_for(procedure: Procedure, output: str, **more: str) -> dict[str, str]:
    """Return values with which the output can be drafted: the sender, and the examples of what else is required."""
    required = required_for(procedure, output)
    fields = {field.name: field.example for field in procedure.fields if field.required}
    recipient = {"recipient_email": "notices@example.com", "recipient_address": "100 Example Street\nSpringfield"}
    return {**SENDER, **fields, **{name: value for name, value in recipient.items() if name in required}, **more}
