"""The product's settings in an environment of their own: nothing of the developer's is read or written.

DATABASE_URL alone is taken over: tools/with_postgresql.py sets it.
"""

import atexit
import os
import shutil
import tempfile

DATA_FOLDER = tempfile.mkdtemp(prefix="optout-test-")
atexit.register(shutil.rmtree, DATA_FOLDER, ignore_errors=True)

for name in ("SECRET_KEY", "REDIS_URL", "ALLOWED_HOSTS", "PORT", "HSTS_SECONDS", "LOG_FORMAT"):
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)
os.environ["DATA_DIR"] = DATA_FOLDER
os.environ["HTTPS"] = "off"

from optout.settings import *  # noqa: E402, F403

# The real one costs a third of a second for each password, on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
