"""Who belongs to an organisation, and how people come to belong to it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.organisation import Organisation


class Role(models.TextChoices):
    """What a member may do; each role may do what the roles after it may."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    AUDITOR = "auditor", _("Auditor")

    def covers(self, needed: "Role") -> bool:
        """Return whether this role may do what the needed role may."""
        order = list(Role)
        return order.index(self) <= order.index(needed)


class Membership(models.Model):
    """One person in one organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("joined_at",)
        constraints = (models.UniqueConstraint(fields=("organisation", "user"), name="one_membership_per_person"),)

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    def may(self, needed: Role) -> bool:
        """Return whether this member may do what the role may."""
        return Role(self.role).covers(needed)

    @property
    def can_edit(self) -> bool:
        """Whether this member does daily work; an auditor reads and exports."""
        return self.may(Role.ADMIN)

    @property
    def is_owner(self) -> bool:
        """Whether this member may change people and settings."""
        return self.may(Role.OWNER)

    @property
    def actor(self) -> str:
        """How the event log names this person."""
        return f"user:{self.user_id}"


class Invitation(models.Model):
    """An offer to join, by a link that only its holder knows: the database keeps the link's SHA-256."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role, default=Role.ADMIN)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.email


class SetupLink(models.Model):
    """The one-time link that opens the set-up wizard on an empty database; kept as its SHA-256.

    Its account is the person who used it, and who alone may go on with the wizard.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="setup_link"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"set-up link of {self.created_at:%Y-%m-%d %H:%M}"
