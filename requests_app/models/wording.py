"""Wordings that an organisation keeps for itself."""

from django.conf import settings
from django.db import models

from requests_app.models.organisation import Organisation
from requests_app.models.vendor import Procedure


class OwnWording(models.Model):
    """The organisation's own paragraph that says what is asked, for one procedure and language."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="wordings")
    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="+")
    locale = models.CharField(max_length=5)
    text = models.TextField(max_length=5000)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("procedure", "locale")
        constraints = (models.UniqueConstraint(fields=("organisation", "procedure", "locale"), name="one_own_wording"),)

    def __str__(self) -> str:
        return f"{self.procedure} ({self.locale})"
