import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.test import SimpleTestCase

from tests.catalogue.vendors import vendor_document


def run(*arguments: str, data_dir: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    return subprocess.run(
        command, capture_output=True, check=False, timeout=60, encoding="utf-8", env={"DATA_DIR": data_dir}
    )


class CatalogueCommandTests(SimpleTestCase):
    def test_check_catalogue_names_file_field_and_reason(self) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "acme.yaml"
            path.write_text(json.dumps(vendor_document()))
            assert run("check_catalogue", folder, data_dir=folder).stdout == "1 files, no fault.\n"
            path.write_text(json.dumps(vendor_document(procedures__0__facts__channel="pigeon")))
            result = run("check_catalogue", str(path), data_dir=folder)
        assert result.returncode == 1
        assert "acme.yaml: procedures.0.facts.channel: 'pigeon' is not one of" in result.stderr

    def test_a_database_that_is_not_ready_is_a_sentence(self) -> None:
        for command in ("load_catalogue", "verify_chain"):
            with self.subTest(command=command), TemporaryDirectory() as folder:
                result = run(command, data_dir=folder)
                assert result.returncode == 1
                assert "python manage.py migrate" in result.stderr
                assert "Traceback" not in result.stderr
