"""Files that prove something."""

import uuid

from django.conf import settings
from django.db import models

from requests_app.models.request import OptOutRequest


def random_path(_evidence: models.Model, _name: str) -> str:
    """Return where the file is kept: a name that says nothing and that nobody can guess."""
    token = uuid.uuid4().hex
    return f"evidence/{token[:2]}/{token}"


class Evidence(models.Model):
    """A screenshot, a confirmation or an export, kept with its SHA-256; name is how the person called it.

    It is never overwritten: a newer file names the one that it replaces, and both stay.
    """

    request = models.ForeignKey(OptOutRequest, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=300, blank=True)
    file = models.FileField(upload_to=random_path, max_length=120)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField()
    # What this replaces; said when it is added and never changed, which the database itself sees to.
    supersedes = models.OneToOneField(
        "self", on_delete=models.RESTRICT, null=True, blank=True, related_name="superseded_by"
    )

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_superseded(self) -> bool:
        """Whether a newer file has taken its place; costs a query unless superseded_by was selected with it."""
        return hasattr(self, "superseded_by")
