"""The tenant: everything that is kept belongs to one organisation."""

import datetime
import uuid
import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless the IANA time zone database has a zone of this name."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("%(name)s is not an IANA time zone; write it as Europe/Berlin.", params={"name": name})


def monday_to_friday() -> list[int]:
    """Return the working days of most places, as ISO 8601 numbers them: 1 is Monday."""
    return [1, 2, 3, 4, 5]


class Organisation(models.Model):
    """One customer of vendors, with the address that its letters show."""

    # The hash of each of its events covers this id, so that history cannot be handed to another organisation.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    postal_address = models.TextField(blank=True, help_text="As it stands on an envelope, one line each.")
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"\A[A-Z]{2}\Z", "Two capital letters of ISO 3166-1, such as DE.")],
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    language = models.CharField(max_length=5, default="en")
    # Days on which deadlines may end, as ISO 8601 numbers them: 1 is Monday.
    working_days = models.JSONField(default=monday_to_friday)
    # Whose public holidays are days off: empty means those of the country, "none" means none.
    holiday_country = models.CharField(max_length=4, blank=True)
    # A part of that country, as ISO 3166-2 names it without the country: BY is Bavaria.
    holiday_region = models.CharField(max_length=10, blank=True)
    signatory_name = models.CharField(max_length=200, blank=True)
    signatory_role = models.CharField(max_length=120, blank=True)
    signatory_email = models.EmailField(blank=True)
    # Demo data never leaves the house.
    is_demo = models.BooleanField(default=False)
    setup_done = models.BooleanField(default=False)
    # The number of the last request that was handed over, by year: a reference is never given twice.
    last_reference = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "slug")

    def __str__(self) -> str:
        return self.name

    def today(self) -> datetime.date:
        """Return the day that it is where the organisation is."""
        return timezone.localdate(timezone=zoneinfo.ZoneInfo(self.time_zone))
