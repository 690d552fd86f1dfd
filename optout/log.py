"""Logs: plain lines on a terminal, JSON for a collector, and no secret in either."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import structlog

REDACTED = "[redacted]"
SHORTEST_SECRET = 6  # A shorter one would blot out ordinary words.
# The address of a webhook, a calendar or an invitation is a secret of its own, and Django names the address of each
# request that it refuses.
SECRET_ADDRESS = re.compile(
    r"(/hooks/mail/[^/\s]+/|/calendar/|/unsubscribe/|/invitations/|/setup/(?!organisation/|vendors/)"
    r"|/accounts/password/reset/key/|/accounts/confirm-email/)[^/\s\"'?]+"
)

SHARED_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def passwords_in(urls: Iterable[str]) -> set[str]:
    """Return the passwords of these URLs, as written and decoded."""
    written = {password for url in urls if (password := urlsplit(url).password)}
    return written | {unquote(password) for password in written}


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats a record and then blots out every known secret, in the message, its values and its traceback."""

    def __init__(self, *args: Any, secrets: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The longest first: one secret may be the beginning of another.
        self.secrets = sorted((s for s in secrets if len(s) >= SHORTEST_SECRET), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without any known secret."""
        line = super().format(record)
        for secret in self.secrets:
            line = line.replace(secret, REDACTED)
        return SECRET_ADDRESS.sub(rf"\1{REDACTED}", line)


def renderers(log_format: Literal["plain", "json"]) -> list[structlog.typing.Processor]:
    """Return the last steps of formatting."""
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=True)]
    # Structlog's own choice of traceback would show local variables, and with them secrets.
    plain = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), pad_level=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )
    return [plain]


def logging_config(log_format: Literal["plain", "json"], secrets: set[str]) -> dict[str, Any]:
    """Return the configuration for logging.config.dictConfig: everything goes to standard error."""
    formatter = {
        "()": RedactingFormatter,
        "foreign_pre_chain": SHARED_PROCESSORS,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers(log_format)],
        "secrets": secrets,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        # Django mails errors to nobody and prints nothing in production; here all of it goes to the one handler.
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # What runserver says of each request, which Django would print as it is.
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            # These tell of every step of every letter.
            "weasyprint.progress": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            # This one tells that it can be told things.
            "pikepdf": {"level": "WARNING"},
        },
    }


def configure_structlog() -> None:
    """Send what is logged through structlog to the standard library's loggers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
