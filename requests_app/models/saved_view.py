"""Lists that people keep under a name."""

from django.conf import settings
from django.db import models

from requests_app.models.organisation import Organisation


class SavedView(models.Model):
    """The filters of a list of requests under a name: one person's own, or, without a user, everybody's."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="saved_views")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="saved_views"
    )
    name = models.CharField(max_length=60)
    # As it stands in the address of the list; known filters only, always in the same order.
    query = models.CharField(max_length=1000)

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "name"), condition=models.Q(user=None), name="one_shared_view_of_a_name"
            ),
            models.UniqueConstraint(
                fields=("organisation", "user", "name"),
                condition=~models.Q(user=None),
                name="one_own_view_of_a_name",
            ),
        )

    def __str__(self) -> str:
        return self.name
