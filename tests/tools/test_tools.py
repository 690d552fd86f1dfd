import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.test import SimpleTestCase

TOOLS = settings.BASE_DIR / "tools"
CONNECT = (
    "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).execute('SHOW server_encoding').fetchone())"
)


def run_tool(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of tools/ to its end."""
    return subprocess.run(
        [sys.executable, str(TOOLS / name), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class CheckPythonTests(SimpleTestCase):
    def test_it_says_nothing_where_all_is_well(self) -> None:
        done = run_tool("check_python.py")
        assert (done.returncode, done.stderr) == (0, "")

    def test_it_names_the_package_where_venv_is_missing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "ensurepip.py").write_text("raise ImportError\n")
            done = run_tool("check_python.py", PYTHONPATH=folder)
        assert done.returncode == 1
        assert done.stderr.endswith("Run: apt-get install -y python3-venv\n")


class NativeLibraryToolTests(SimpleTestCase):
    def test_it_says_nothing_where_all_is_well(self) -> None:
        done = run_tool("native_libraries.py")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


class TestProgramToolTests(SimpleTestCase):
    def test_it_says_nothing_where_all_is_well(self) -> None:
        done = run_tool("test_programs.py")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_it_names_the_packages_where_it_may_not_install_them(self) -> None:
        done = run_tool("test_programs.py", PATH="/nowhere")
        assert done.returncode == 1
        assert done.stderr.endswith(
            "Run: apt-get install -y chromium gettext libwin-hivex-perl openssl poppler-utils qpdf redis-server\n"
        )


@pytest.mark.own_database
class WithPostgresqlTests(SimpleTestCase):
    def test_it_gives_the_command_a_database_in_utf_8(self) -> None:
        done = run_tool("with_postgresql.py", sys.executable, "-c", CONNECT)
        assert (done.returncode, done.stdout) == (0, "('UTF8',)\n"), done.stderr

    def test_it_hands_on_the_status_of_the_command(self) -> None:
        assert run_tool("with_postgresql.py", "sh", "-c", "exit 3").returncode == 3
