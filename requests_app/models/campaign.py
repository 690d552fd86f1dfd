"""Campaigns: opt-out requests that were started in one go for many workspaces."""

from django.conf import settings
from django.db import models

from requests_app.models.organisation import Organisation


class Campaign(models.Model):
    """What holds such requests together under a name; it stays, as they do."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="campaigns", db_index=False)
    name = models.CharField(max_length=80)
    note = models.TextField(blank=True, max_length=5000)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            # Who presses the button twice, or at the same time as a colleague, starts one campaign.
            models.UniqueConstraint(fields=("organisation", "name"), name="one_campaign_of_a_name"),
        )
        indexes = (
            # The last ones of an organisation.
            models.Index(fields=("organisation", "-id"), name="campaign_list"),
        )

    def __str__(self) -> str:
        return self.name
