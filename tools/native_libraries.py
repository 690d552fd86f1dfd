"""Install the native libraries that are missing (on Debian as root), or print the one command that does."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from requests_app.drafting.rendering.native_libraries import install_command, missing_libraries


def can_install() -> bool:
    """Return whether this is a Debian, and we are root on it."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(command: str) -> None:
    """Run apt-get without a question and without a word, unless it fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in ("apt-get -qq update", command.replace("install", "-qq install --no-install-recommends", 1)):
        done = subprocess.run(shlex.split(step), env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{step}: {done.stdout}{done.stderr}")


def main() -> None:
    """Exit non-zero, with the command to run, where a library stays missing."""
    missing = missing_libraries()
    if not missing:
        return
    command = install_command(missing)
    if can_install():
        print(f"Installing what letters are drawn with: {', '.join(missing)}")
        install(command)
        missing = missing_libraries()
    if missing:
        sys.exit(f"Native libraries are missing: {', '.join(missing)}.\nRun: {command}")


if __name__ == "__main__":
    main()
