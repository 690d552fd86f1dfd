"""What proves that a request was carried out; it stands beside the place where the proof is added."""

from dataclasses import dataclass

from requests_app.drafting.formats import is_written
from requests_app.drafting.requests import snapshot_of
from requests_app.models import OptOutRequest


@dataclass(frozen=True)
class Confirmation:
    """`words` are those of the catalogue, in English, and empty where its sources do not say."""

    words: str
    # Whether the vendor writes back; a setting or a policy is only seen.
    is_answered: bool
    version: int


def confirmation_of(opt_out_request: OptOutRequest) -> Confirmation:
    """Return what a confirmation looks like by the version that the request rests on."""
    procedure = snapshot_of(opt_out_request)
    words = str(procedure.facts.get("confirmation", ""))
    return Confirmation(words, is_written(procedure), opt_out_request.version.number)
