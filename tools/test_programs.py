"""Install the programs that the tests check Optout's output with (on Debian as root), or print the one command."""

import shutil
import sys

from native_libraries import can_install, install

# Other people's readers of PDF, of the Windows registry, of texts to translate and of web pages, and what the
# containers run or are set up with: the Debian package, and the programs of which any one will do. Other systems call
# Chromium otherwise.
PROGRAMS = {
    "poppler-utils": ("pdftotext",),
    "qpdf": ("qpdf",),
    "libwin-hivex-perl": ("hivexregedit",),
    "gettext": ("xgettext",),
    "dovecot-imapd": ("dovecot", "/usr/sbin/dovecot"),
    "redis-server": ("redis-server",),
    "openssl": ("openssl",),
    "chromium": ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
}


def missing_packages() -> list[str]:
    """Return the Debian packages of the programs that are not there."""
    return sorted(package for package, names in PROGRAMS.items() if not any(map(shutil.which, names)))


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
