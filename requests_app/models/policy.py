"""When Optout reminds, follows up and gives up: for an organisation, one vendor or one procedure."""

from django.core.validators import MaxValueValidator
from django.db import models

from requests_app.models.organisation import Organisation
from requests_app.models.vendor import Procedure, Vendor

MOST_DAYS, MOST_MONTHS = 365, 60


def _days() -> "models.PositiveSmallIntegerField[int | None, int | None]":
    return models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(MOST_DAYS)])


class FollowUpPolicy(models.Model):
    """Waits in working days; an empty one is inherited, and 0 leaves the step out.

    With a procedure it holds for that procedure, with a vendor for all of the vendor's, with neither for everything.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="follow_up_policies")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    # Each counts from what comes before it: sending, the day of the deadline, then one step from the other.
    acknowledgement_days = _days()
    first_follow_up_days = _days()
    second_follow_up_days = _days()
    escalation_days = _days()
    give_up_days = _days()
    reverify_months = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MOST_MONTHS)]
    )
    # Whether follow-ups go without approval.
    automatic = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        # The policies of an organisation are read by these: a NULL is equal to no other in a plain unique index.
        constraints = (
            models.CheckConstraint(
                condition=models.Q(vendor=None) | models.Q(procedure=None),
                name="a_policy_is_of_a_vendor_or_a_procedure",
            ),
            models.UniqueConstraint(
                fields=("organisation",),
                condition=models.Q(vendor=None, procedure=None),
                name="one_policy_of_an_organisation",
            ),
            models.UniqueConstraint(
                fields=("organisation", "vendor"),
                condition=models.Q(vendor__isnull=False),
                name="one_policy_of_a_vendor",
            ),
            models.UniqueConstraint(
                fields=("organisation", "procedure"),
                condition=models.Q(procedure__isnull=False),
                name="one_policy_of_a_procedure",
            ),
        )

    def __str__(self) -> str:
        return f"follow-up policy {self.pk}"
