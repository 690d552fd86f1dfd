"""The catalogue in the database: vendors, their procedures, and every version a procedure had."""

from django.db import models
from django.db.models.functions import Lower

from requests_app.models.organisation import Organisation


class Vendor(models.Model):
    """A company in the catalogue; content is its file as loaded, without the procedures.

    One with an organisation is private to it: nobody else sees it, and no load of the catalogue touches it.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="private_vendors"
    )
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    website = models.URLField(max_length=500)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    # What a search looks through, casefolded; procedures have their own.
    search_text = models.TextField(blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("slug",)
        constraints = (
            models.UniqueConstraint(
                fields=("slug",), condition=models.Q(organisation=None), name="one_shared_vendor_per_slug"
            ),
            models.UniqueConstraint(
                fields=("organisation", "slug"),
                condition=~models.Q(organisation=None),
                name="one_private_vendor_per_slug",
            ),
        )
        indexes = (
            # The catalogue by name; whose it is stands beside it, so that counting needs no row.
            models.Index(
                Lower("name"), "organisation", condition=models.Q(retired_at=None), name="vendor_catalogue_order"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def short_name(self) -> str:
        """The name as people say it, without what the catalogue adds in brackets."""
        return self.name.partition(" (")[0]


class Procedure(models.Model):
    """One way to stop one data use at one vendor. What it says stands in its versions."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="procedures")
    slug = models.SlugField(max_length=80)
    channel = models.CharField(max_length=20)
    default_state = models.CharField(max_length=30)
    # The columns below say what the latest version says, for lists, filters and search.
    title = models.JSONField(default=dict)
    product = models.CharField(max_length=300, blank=True)
    submitter = models.CharField(max_length=20, blank=True)
    plans = models.CharField(max_length=300, blank=True)
    scope_unit = models.CharField(max_length=20, blank=True)
    confidence = models.CharField(max_length=10, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    search_text = models.TextField(blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("vendor__slug", "slug")
        constraints = (models.UniqueConstraint(fields=("vendor", "slug"), name="one_procedure_per_vendor_and_slug"),)
        indexes = (
            # The plans that the catalogue's filter offers.
            models.Index(
                fields=("plans", "vendor"),
                condition=models.Q(retired_at=None) & ~models.Q(plans=""),
                name="procedure_plans",
            ),
        )

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
