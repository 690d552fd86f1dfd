"""How far the catalogue's changes have been looked through for what they mean for requests."""

from django.db import models

from requests_app.models.vendor import Procedure


class NotedVersion(models.Model):
    """The version of a procedure up to which the requests made by it have been looked through."""

    procedure = models.OneToOneField(Procedure, on_delete=models.CASCADE, related_name="noted")
    number = models.PositiveIntegerField()
    is_retired = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.procedure} noted at {self.number}"
