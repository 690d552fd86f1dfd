"""On what ground an organisation asks. Optout offers wording, never legal advice."""

from requests_app.catalogue.procedure import Procedure

# The European Economic Area, and the United Kingdom with its own version of the regulation.
_EEA = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO"
GDPR_COUNTRIES = frozenset(_EEA.split()) | {"GB"}


def applies_by_default(ground: str, country: str) -> bool:
    """Return whether Optout would propose the ground to an organisation in that country.

    GDPR art. 3(1) looks at where the controller is established, the CCPA at business in California.
    Another ground may still be chosen: both laws can reach organisations elsewhere.
    """
    if ground == "gdpr_instruction":
        return country in GDPR_COUNTRIES
    if ground == "ccpa_limits":
        return country == "US"
    return True


def default_ground(procedure: Procedure, country: str) -> str:
    """Return the first ground of the procedure that applies; every procedure has one that always does."""
    grounds: list[str] = procedure.optout["grounds"]
    return next(ground for ground in grounds if applies_by_default(ground, country))
