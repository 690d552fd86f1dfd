import tempfile
from pathlib import Path
from unittest import mock

from django.core.checks import run_checks
from django.test import SimpleTestCase


class CheckTests(SimpleTestCase):
    def test_it_is_content_here(self) -> None:
        assert run_checks() == []

    def test_it_names_missing_libraries_and_the_command_that_brings_them(self) -> None:
        with (
            mock.patch("requests_app.apps.missing_libraries", return_value=["pango-1.0", "harfbuzz-subset"]),
            mock.patch("shutil.which", return_value="/usr/bin/apt-get"),
        ):
            (error,) = run_checks()
        assert error.id == "requests_app.E001"
        assert "pango-1.0, harfbuzz-subset" in error.msg
        assert error.hint == "Run: apt-get install -y libpango-1.0-0 libharfbuzz-subset0"

    def test_it_misses_the_catalogue_files(self) -> None:
        with tempfile.TemporaryDirectory() as empty, self.settings(CATALOGUE_DIR=Path(empty)):
            (error,) = run_checks()
        assert error.id == "requests_app.E002"
        assert empty in error.msg
