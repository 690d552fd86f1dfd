"""What an organisation runs at a vendor."""

from django.conf import settings
from django.db import models

from requests_app.models.organisation import Organisation
from requests_app.models.vendor import Vendor


class Workspace(models.Model):
    """One account, workspace, tenant or instance; identifiers holds what procedures ask for, by field name."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="workspaces")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="workspaces")
    name = models.CharField(max_length=200)
    plan = models.CharField(max_length=120, blank=True)
    identifiers = models.JSONField(default=dict, blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    notes = models.TextField(blank=True, max_length=5000)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # The list of an organisation's workspaces, by vendor and name.
        ordering = ("vendor__name", "name", "pk")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "vendor", "name"), name="one_workspace_of_a_name"),
        )

    def __str__(self) -> str:
        return self.name
