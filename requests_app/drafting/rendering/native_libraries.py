"""The native libraries that WeasyPrint loads when it is imported (its text/ffi.py), and how to get them.

Nothing but the standard library: the Makefile asks before anything is installed.
"""

import ctypes
import ctypes.util
import shutil

# What the linker knows a library by -> the Debian package that has it. WeasyPrint itself does without
# harfbuzz-subset, but its fall-back takes ten times as long.
LIBRARIES = {
    "gobject-2.0": "libglib2.0-0",
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz": "libharfbuzz0b",
    "harfbuzz-subset": "libharfbuzz-subset0",
    "fontconfig": "libfontconfig1",
}

# The program that installs packages -> what to tell it.
INSTALLERS = {
    "apt-get": "apt-get install -y {debian}",
    "dnf": "dnf install -y pango harfbuzz fontconfig",
    "apk": "apk add pango harfbuzz-subset fontconfig",
    "brew": "brew install pango",
}


def can_be_loaded(name: str) -> bool:
    """Return whether the dynamic linker finds this library under its usual file names or by a search."""
    names = (
        f"lib{name}.so.0",
        f"lib{name}.so.1",
        f"lib{name}.0.dylib",
        f"lib{name}.dylib",
        ctypes.util.find_library(name),
    )
    for file_name in filter(None, names):
        try:
            ctypes.CDLL(file_name)
        except OSError:
            continue
        return True
    return False


def missing_libraries() -> list[str]:
    """Return the names of the libraries that cannot be loaded, in the order of LIBRARIES."""
    return [name for name in LIBRARIES if not can_be_loaded(name)]


def install_command(missing: list[str]) -> str:
    """Return the one command that installs them on this machine."""
    debian = " ".join(LIBRARIES[name] for name in missing)
    for program, command in INSTALLERS.items():
        if shutil.which(program):
            return command.format(debian=debian)
    return f"Install the libraries {', '.join(missing)} with the package manager of this system."
