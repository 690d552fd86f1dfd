"""Commands that take long show how far they have come, to whoever looks on."""

import contextlib
import io
import os
from unittest import mock

from django.conf import settings
from django.core.management import call_command

from requests_app.catalogue.files import vendor_files
from requests_app.models import ExportFormat, Membership
from requests_app.records.exports import start_export
from requests_app.tracking.run_jobs import items_left
from tests.world import AcmeTestCase


def watched(*command: str) -> str:
    """Return what the command shows to somebody at a terminal."""
    seen = io.StringIO()
    terminal = mock.patch.dict(os.environ, {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "120"})
    somebody = mock.patch("requests_app.management.progress._is_watched", return_value=True)
    with terminal, somebody, contextlib.redirect_stderr(seen):
        call_command(*command, stdout=io.StringIO())
    return seen.getvalue()


class BarTests(AcmeTestCase):
    def test_loading_a_catalogue_counts_vendors(self) -> None:
        number = len(vendor_files(settings.CATALOGUE_DIR))
        shown = watched("load_catalogue")
        assert "Loading vendors" in shown
        assert f"{number}/{number}" in shown

    def test_working_on_jobs_counts_requests_and_exports(self) -> None:
        number = items_left()
        assert number
        start_export(Membership.objects.get(organisation=self.acme, user=self.owner), ExportFormat.CSV, "")
        shown = watched("run_jobs")
        assert "Seeing to requests" in shown
        assert f"{number}/{number}" in shown
        assert "Writing exports" in shown
        assert "1/1" in shown
