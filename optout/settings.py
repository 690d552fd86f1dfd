"""Optout's settings: one file, every choice from the environment (names in the README)."""

import base64
import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from optout.environment import Environment
from optout.log import configure_structlog, logging_config, passwords_in

env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
# All that Optout writes stands below this folder.
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
try:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR {DATA_DIR} cannot be made: {error.strerror}. Name another folder.") from error


def make_once(path: Path, text: str) -> None:
    """Write a file for its owner alone, unless it is there; whoever reads it meanwhile never sees half of it."""
    if path.exists():
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    with contextlib.suppress(FileExistsError):  # The web server and the worker start at the same time.
        os.link(name, path)
    os.unlink(name)


def secret_key() -> str:
    """Return SECRET_KEY from the environment, else the one kept in DATA_DIR (made once, readable by its owner)."""
    key: str = env.str("SECRET_KEY", default="")
    if key:
        return key
    kept = DATA_DIR / "secret_key"
    make_once(kept, get_random_secret_key() + get_random_secret_key())
    key = kept.read_text(encoding="ascii").strip()
    if len(key) < 50:
        raise ImproperlyConfigured(f"{kept} holds no usable key. Delete it, or set SECRET_KEY.")
    return key


SECRET_KEY = secret_key()


def field_keys() -> list[str]:
    """Return the keys of FIELD_KEY, the one to encrypt with first, else the one kept in DATA_DIR (made once)."""
    given: list[str] = env.list("FIELD_KEY", default=[])
    kept = DATA_DIR / "field_key"
    if not given:
        make_once(kept, Fernet.generate_key().decode("ascii"))
        given = [kept.read_text(encoding="ascii").strip()]
    try:
        for key in given:
            Fernet(key)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"A key in FIELD_KEY, or in {kept}, is not 32 bytes in URL-safe base64. Restore it from the backup: "
            "without it no mail password can be read."
        ) from error
    return given


FIELD_KEYS = field_keys()


def signing_key() -> str:
    """Return SIGNING_KEY, else the key kept in DATA_DIR (made once): the 32 bytes of an Ed25519 key in base64."""
    kept = DATA_DIR / "signing_key"
    key: str = env.str("SIGNING_KEY", default="")
    if not key:
        make_once(kept, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"))
        key = kept.read_text(encoding="ascii").strip()
    try:
        length = len(base64.urlsafe_b64decode(key))
    except ValueError:
        length = 0
    if length != 32:
        raise ImproperlyConfigured(
            f"The key in SIGNING_KEY, or in {kept}, is not 32 bytes in URL-safe base64. Restore it from the backup: "
            "checkpoints signed with another key look like somebody else's."
        )
    return key


SIGNING_KEY = signing_key()
# A service that confirms the time at which a record is signed (RFC 3161); without one the record says that none did.
TSA_URL = env.str("TSA_URL", default="")
# Whoever knows it reads the figures for Prometheus at /metrics; without one there are none.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
try:
    PORT = env.int("PORT", default=8000)
except ValueError as error:
    raise ImproperlyConfigured("PORT must be a number, such as 8000.") from error

INSTALLED_APPS = [
    "requests_app",
    "django.contrib.contenttypes",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "requests_app.people.language.LanguageMiddleware",
    # Every page is closed unless its view says login_not_required.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

AUTH_USER_MODEL = "requests_app.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "requests_app.people.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "requests_app.people.account_forms.LoginForm",
    "reauthenticate": "requests_app.people.account_forms.ReauthenticateForm",
    "change_password": "requests_app.people.account_forms.ChangePasswordForm",
    "reset_password": "requests_app.people.account_forms.ResetPasswordForm",
    "reset_password_from_key": "requests_app.people.account_forms.ResetPasswordKeyForm",
    "add_email": "requests_app.people.account_forms.AddEmailForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
# Whoever signed in, or confirmed it with a password, key or code, up to five minutes ago may do what is dangerous.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Beside django-allauth's own limits: how often one address may open one-time links.
ACCOUNT_RATE_LIMITS = {"one_time_link": "30/m/ip"}
# How many proxies stand in front; each adds one entry to X-Forwarded-For. Attempts are counted by client address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "requests_app.people.mfa_forms.AuthenticateForm",
    "reauthenticate": "requests_app.people.mfa_forms.ReauthenticateForm",
    "activate_totp": "requests_app.people.mfa_forms.ActivateTOTPForm",
    "add_webauthn": "requests_app.people.mfa_forms.AddWebAuthnForm",
    "edit_webauthn": "requests_app.people.mfa_forms.EditWebAuthnForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
# There is no open sign-up: an owner vouches for the address, so nobody can take somebody else's this way.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Optout"
MFA_TOTP_TOLERANCE = 1  # A clock may be one step (30 seconds) off; a code still works only once.
USERSESSIONS_TRACK_ACTIVITY = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

# Shows mail where the program was started, until outgoing mail is set up.
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")

# Whether signatures of mail are verified where the organisation's own server has not said who sent it. The keys are
# looked up in the domain name system, which tells the sender's domain that its mail arrived.
CHECK_SENDERS = env.bool("CHECK_SENDERS", default=True)

# Counts attempts to sign in. In the database, because every web process on every machine has to see the same
# count, because adding an entry is atomic there (a file cache's is not, and django-allauth builds its lock on it),
# and because signing in must go on working while Redis is down.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "optout_cache",
        # Beyond it a third is thrown away: so high that nobody can flush the counts.
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

ROOT_URLCONF = "optout.urls"
WSGI_APPLICATION = "optout.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "requests_app.access.navigation",
            ]
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"


def database() -> dict[str, object]:
    """Return Django's settings of the database that DATABASE_URL names, else of the SQLite file in DATA_DIR."""
    chosen: dict[str, object] = {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "optout.sqlite3"}
    if env.str("DATABASE_URL", default=""):
        chosen = env.db("DATABASE_URL")
    if chosen["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE takes the write lock at BEGIN, so that a transaction which reads and then writes waits its
        # turn instead of failing; WAL lets readers go on meanwhile.
        chosen["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    return chosen


DATABASES = {"default": database()}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["optout.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

# Files that people add; served by views only, never from a web root.
MEDIA_ROOT = DATA_DIR / "media"

# Served by the application itself, straight from static/: there is no build step.
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

# `manage.py run` starts a Valkey of its own where this is not set.
REDIS_URL = env.str("REDIS_URL", default="") or "redis://127.0.0.1:6379/0"
# Celery spells a UNIX socket its own way.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # The worker waits for its broker for as long as it takes.
# Whoever sends a wake-up waits for two seconds at most: without it, the next tick finds the row all the same.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "max_retries": 1,
    "interval_start": 0.1,
    "interval_step": 0,
    "interval_max": 0.1,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # A wake-up that nobody took before the next one is worth nothing.
    "heartbeat": {"task": "requests_app.tasks.heartbeat", "schedule": 60.0, "options": {"expires": 55}},
    # Short, so that what somebody sent leaves soon after the window in which it can be taken back.
    "outbox": {"task": "requests_app.tasks.deliver_due", "schedule": 10.0, "options": {"expires": 9}},
    "notices": {"task": "requests_app.tasks.notify_due", "schedule": 60.0, "options": {"expires": 55}},
    "reminders": {"task": "requests_app.tasks.remind_due", "schedule": 60.0, "options": {"expires": 55}},
    "jobs": {"task": "requests_app.tasks.run_jobs", "schedule": 10.0, "options": {"expires": 9}},
    "catalogue": {"task": "requests_app.tasks.look_at_catalogue", "schedule": 60.0, "options": {"expires": 55}},
    "dashboards": {"task": "requests_app.tasks.refresh_dashboards", "schedule": 60.0, "options": {"expires": 55}},
    "checkpoints": {"task": "requests_app.tasks.checkpoint", "schedule": 3600.0, "options": {"expires": 3000}},
    "mailboxes": {"task": "requests_app.tasks.poll_mailboxes", "schedule": 60.0, "options": {"expires": 55}},
}

# On unless it is said otherwise: `manage.py run` says so, because it serves plain HTTP on the loopback address.
HTTPS = env.bool("HTTPS", default=True)
# Browsers use passkeys on http://localhost, too, and refuse them on any other plain http.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(health|live|ready)z$|^metrics$"]  # What stands beside asks for them without TLS.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS


def base_url() -> str:
    """Return BASE_URL without a slash at its end, else the address made of the first allowed host."""
    given = env.str("BASE_URL", default="").rstrip("/")
    if given and not re.fullmatch(
        r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?", given
    ):
        raise ImproperlyConfigured(f"BASE_URL is {given!r}. Write it as https://optout.example.org, without a path.")
    host = next((name.lstrip(".") for name in ALLOWED_HOSTS if name != "*"), "localhost")
    return given or (f"https://{host}" if HTTPS else f"http://{host}:{PORT}")


# Mails and calendars name pages by it; no browser has told them where this is.
BASE_URL = base_url()
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Bootstrap draws the marks of its form controls from data: images in its style sheet.
        "img-src": [SELF, "data:"],
        "frame-src": [SELF],
        "object-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOG_FORMAT = env.str("LOG_FORMAT", default="plain")
if LOG_FORMAT not in ("plain", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}. Set it to plain or json.")
configure_structlog()
LOGGING = logging_config(
    LOG_FORMAT,
    secrets={SECRET_KEY, SIGNING_KEY, METRICS_TOKEN, *FIELD_KEYS}
    | passwords_in([env.str("DATABASE_URL", default=""), REDIS_URL]),
)

CATALOGUE_DIR = BASE_DIR / "fixtures" / "vendors"
FIELDS_FILE = BASE_DIR / "fixtures" / "fields.yaml"
AUTHORITIES_FILE = BASE_DIR / "fixtures" / "supervisory_authorities.yaml"
WORDING_DIR = BASE_DIR / "templates" / "wording"
