"""The app, and what it checks before any command runs."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from requests_app.drafting.rendering.native_libraries import install_command, missing_libraries


def check_native_libraries(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E001: WeasyPrint cannot draw letters without its native libraries."""
    missing = missing_libraries()
    if not missing:
        return []
    return [
        Error(
            f"Letters cannot be drawn, native libraries are missing: {', '.join(missing)}.",
            hint=f"Run: {install_command(missing)}",
            id="requests_app.E001",
        )
    ]


def check_catalogue_files(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E002: without the files of the catalogue there is nothing to ask for."""
    if any(settings.CATALOGUE_DIR.glob("*.yaml")):
        return []
    return [
        Error(
            f"No vendor file in {settings.CATALOGUE_DIR}.",
            hint="Bring the folder fixtures/ along with the program; an image needs it too.",
            id="requests_app.E002",
        )
    ]


class RequestsAppConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "requests_app"
    verbose_name = "Optout"

    def ready(self) -> None:
        """Register the checks."""
        register(check_native_libraries)
        register(check_catalogue_files)
