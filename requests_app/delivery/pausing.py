"""Addresses that mail bounces from: nothing more goes there until a person says so."""

from requests_app.models import Organisation, PausedAddress


def paused_address(organisation: Organisation, address: str) -> PausedAddress | None:
    """Return the pause of this address, or None where nothing stands in the way of sending there."""
    paused = PausedAddress.objects.filter(organisation=organisation, resumed_at=None)
    return paused.filter(address=address.lower()).first()
