"""What the dashboard shows, worked out beforehand."""

from django.db import models

from requests_app.models.organisation import Organisation


class DashboardFigures(models.Model):
    """The figures of one organisation and period, and when they were worked out.

    Adding up a hundred thousand requests takes longer than a page may, so the clock does it for pages that people look
    at, and the page says how old its figures are.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="dashboards")
    period = models.CharField(max_length=10)
    figures = models.JSONField()
    made_at = models.DateTimeField()
    # When somebody last looked at it: what nobody looks at is not kept fresh.
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ("organisation", "period")
        constraints = (models.UniqueConstraint(fields=("organisation", "period"), name="one_dashboard_of_a_period"),)
        indexes = (models.Index(fields=("asked_at",), name="dashboard_asked"),)

    def __str__(self) -> str:
        return f"{self.organisation} {self.period}"
