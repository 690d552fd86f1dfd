"""Install the programs that the tests check Optout's output with (on Debian as root), or print the one command."""

import shutil
import sys

from native_libraries import can_install, install

# Other people's readers of PDF and of the Windows registry, by Debian package.
PROGRAMS = {
    "pdftotext": "poppler-utils",
    "qpdf": "qpdf",
    "hivexregedit": "libwin-hivex-perl",
}


def missing_packages() -> list[str]:
    """Return the Debian packages of the programs that are not there, each once."""
    return sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})


def main() -> None:
    """Exit non-zero, with the command to run, where a program stays missing."""
    packages = missing_packages()
    command = f"apt-get install -y {' '.join(packages)}"
    if packages and can_install():
        print(f"Installing what the tests need: {', '.join(packages)}")
        install(command)
        packages = missing_packages()
    if packages:
        sys.exit(f"The tests need programs of these packages: {', '.join(packages)}.\nRun: {command}")


if __name__ == "__main__":
    main()
