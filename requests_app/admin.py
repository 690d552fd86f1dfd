"""Door 3: staff, who look after the installation and belong to no organisation because of that."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from requests_app.delivery.downloads import as_download
from requests_app.intake.reading.file_types import file_type_of
from requests_app.models import InboundMail

# With the limits and the second factor of the product's own sign-in.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = "Optout"


@admin.register(InboundMail)
class InboundMailAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not a generic when it runs
    """What came in, of every organisation and of none: to be looked at only.

    Where an installation has several organisations, mail that nothing attributes to one is seen here alone. Its
    original goes to the organisation that it belongs to, which takes it in as a file.
    """

    list_display = ("pk", "organisation", "sender", "subject", "state", "reason", "received_at")
    list_filter = (("organisation", admin.EmptyFieldListFilter), "state", "waits", "way")
    list_select_related = ("organisation",)
    fields = (
        "original", "organisation", "sender", "subject", "received_at", "way", "size", "sha256", "state", "reason",
        "trouble", "kind", "waits", "request",
    )  # fmt: skip
    readonly_fields = fields
    actions = None
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("raw")

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/original/", self.admin_site.admin_view(self.download), name="inbound_mail_original")
        return [own, *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the exact bytes of a mail."""
        raw = bytes(get_object_or_404(InboundMail, pk=pk).raw)
        return as_download(HttpResponse(raw), f"mail-{pk}{file_type_of(raw)[0]}", "application/octet-stream")

    @admin.display(description=_("Original"))
    def original(self, mail: InboundMail) -> SafeString:
        """Return the link to the mail's bytes."""
        address = reverse("admin:inbound_mail_original", args=(mail.pk,))
        return format_html('<a href="{}">{}</a>', address, _("Download the original"))

    @admin.display(description=_("From"))
    def sender(self, mail: InboundMail) -> str:
        return ", ".join(person["address"] for person in mail.parsed.get("from", []))

    @admin.display(description=_("Subject"))
    def subject(self, mail: InboundMail) -> str:
        return str(mail.parsed.get("subject", ""))

    def has_view_permission(self, request: HttpRequest, obj: InboundMail | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: InboundMail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: InboundMail | None = None) -> bool:
        return False
