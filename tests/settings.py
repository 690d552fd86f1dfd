"""The product's settings in an environment of their own: nothing of the developer's is read or written.

DATABASE_URL alone is taken over: tools/with_postgresql.py sets it.
"""

import atexit
import os
import shutil
import tempfile

# The workers of xdist end without cleaning up, so theirs are folders below that of the process that started them.
if "OPTOUT_TEST_FOLDER" not in os.environ:
    os.environ["OPTOUT_TEST_FOLDER"] = tempfile.mkdtemp(prefix="optout-test-")
    atexit.register(shutil.rmtree, os.environ["OPTOUT_TEST_FOLDER"], ignore_errors=True)
FOLDER = os.environ["OPTOUT_TEST_FOLDER"]

for name in (
    *("SECRET_KEY", "FIELD_KEY", "SIGNING_KEY", "REDIS_URL", "ALLOWED_HOSTS", "BASE_URL"),
    *("PORT", "HSTS_SECONDS", "LOG_FORMAT", "TSA_URL", "METRICS_TOKEN"),
):
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)
os.environ["DATA_DIR"] = os.path.join(FOLDER, os.environ.get("PYTEST_XDIST_WORKER", "data"))
os.environ["TMPDIR"] = FOLDER
os.environ["HTTPS"] = "off"
os.environ["CHECK_SENDERS"] = "off"  # It asks the network.

from optout.settings import *  # noqa: E402, F403

# A file, because the threads of a server would share a database in memory without ever waiting for each other.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(FOLDER, "test.sqlite3")}  # noqa: F405

# The real one costs a third of a second for each password, on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
