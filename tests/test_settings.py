"""Settings are read from the environment alone, so each case here is a fresh interpreter."""

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase

SHOW = """
import json
from optout import settings as s
print(json.dumps({name: getattr(s, name) for name in {names}}, default=str))
"""


def run_settings(code: str, data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a new interpreter that sees nothing of ours but this environment."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class SettingsTests(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data_dir = Path(folder.name) / "data"

    def read(self, *names: str, **environment: str) -> dict[str, object]:
        """Return these settings as that environment makes them."""
        done = run_settings(SHOW.replace("{names}", repr(names)), self.data_dir, **environment)
        assert done.returncode == 0, done.stderr
        values: dict[str, object] = json.loads(done.stdout)
        return values

    def test_it_makes_a_private_data_folder_and_keeps_one_secret_key(self) -> None:
        first = self.read("SECRET_KEY")["SECRET_KEY"]
        assert first == self.read("SECRET_KEY")["SECRET_KEY"]
        assert stat.S_IMODE(self.data_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE((self.data_dir / "secret_key").stat().st_mode) == 0o600

    def test_it_refuses_an_empty_key_file(self) -> None:
        self.data_dir.mkdir()
        (self.data_dir / "secret_key").touch()
        done = run_settings("import optout.settings", self.data_dir)
        assert done.returncode != 0
        assert "Delete it, or set SECRET_KEY" in done.stderr

    def test_it_reads_a_secret_from_a_file_without_its_line_break(self) -> None:
        secret = self.data_dir.parent / "url"
        secret.write_text("postgres://optout:s3cret@database/optout\n")
        values = self.read("DATABASES", DATABASE_URL_FILE=str(secret))
        assert "'NAME': 'optout'" in str(values["DATABASES"])
        assert "'PASSWORD': 's3cret'" in str(values["DATABASES"])

    def test_it_uses_sqlite_in_the_data_folder_by_default(self) -> None:
        values = self.read("DATABASES")
        assert str(self.data_dir.resolve() / "optout.sqlite3") in str(values["DATABASES"])
        assert "IMMEDIATE" in str(values["DATABASES"])

    def test_it_insists_on_https_unless_told_otherwise(self) -> None:
        names = ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
        assert list(self.read(*names).values()) == [True, 31_536_000, True, True]
        assert list(self.read(*names, HTTPS="off").values()) == [False, 0, False, False]

    def test_it_hands_a_unix_socket_to_celery_in_its_own_spelling(self) -> None:
        values = self.read("CELERY_BROKER_URL", REDIS_URL="unix:///run/valkey.sock")
        assert values["CELERY_BROKER_URL"] == "redis+socket:///run/valkey.sock"

    def test_it_refuses_an_unknown_log_format(self) -> None:
        done = run_settings("import optout.settings", self.data_dir, LOG_FORMAT="xml")
        assert done.returncode != 0
        assert "Set it to plain or json" in done.stderr


class WrongSettingTests(SimpleTestCase):
    def test_a_command_says_which_setting_is_wrong_instead_of_a_traceback(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for environment in ({"PORT": "x", "DATA_DIR": folder}, {"DATA_DIR": "/proc/none"}):
                with self.subTest(**environment):
                    done = subprocess.run(
                        [sys.executable, "manage.py", "draft", "--list"],
                        cwd=settings.BASE_DIR,
                        env={"PATH": os.environ["PATH"], **environment},
                        capture_output=True,
                        text=True,
                        check=False,
                    )
                    assert done.returncode == 1
                    assert done.stderr.startswith("A setting is wrong: ")
                    assert len(done.stderr.splitlines()) == 1
