"""What the clock does every minute: remind of what is due, then send what goes by itself."""

from collections import Counter

from django.utils import timezone

from requests_app.tracking.follow_ups import write_due
from requests_app.tracking.ledger import Swept, fire_due


def remind_due() -> tuple[Swept, Counter[str]]:
    """Make one pass and return what was fired, and what became of follow-ups that go without a person."""
    now = timezone.now()
    return fire_due(now), write_due(now)
