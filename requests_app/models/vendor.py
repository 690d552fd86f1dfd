"""The catalogue in the database: vendors, their procedures, and every version a procedure had."""

from django.db import models


class Vendor(models.Model):
    """A company in the catalogue; content is its file as loaded, without the procedures."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    website = models.URLField(max_length=500)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class Procedure(models.Model):
    """One way to stop one data use at one vendor. What it says stands in its versions."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="procedures")
    slug = models.SlugField(max_length=80)
    channel = models.CharField(max_length=20)
    default_state = models.CharField(max_length=30)
    retired_at = models.DateTimeField(null=True, blank=True)
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("vendor__slug", "slug")
        constraints = (models.UniqueConstraint(fields=("vendor", "slug"), name="one_procedure_per_vendor_and_slug"),)

    def __str__(self) -> str:
        return f"{self.vendor.slug}/{self.slug}"


class ProcedureVersion(models.Model):
    """An immutable snapshot of a procedure; the database refuses to change or delete it."""

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("procedure", "-number")
        # The latest version of a procedure: the index behind this constraint is read backwards.
        constraints = (models.UniqueConstraint(fields=("procedure", "number"), name="one_version_per_number"),)

    def __str__(self) -> str:
        return f"{self.procedure} version {self.number}"
