"""Say what to do where this Python cannot make the virtual environment. Any Python can read this file."""

import sys

if sys.version_info < (3, 11):
    found = sys.version.split()[0]
    sys.exit("Optout needs Python 3.11 or later, this is " + found + ".\nRun: make run PYTHON=python3.11 (or later)")

try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit("This Python cannot make virtual environments.\nRun: apt-get install -y python3-venv")
