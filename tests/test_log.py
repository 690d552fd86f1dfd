import json
import logging
import logging.config
from collections.abc import Callable
from io import StringIO
from typing import Literal

import structlog
from django.test import SimpleTestCase

from optout.log import configure_structlog, logging_config, passwords_in

CANARY = "canary-5c2a9f"


def fail_with(secret: str) -> None:
    """Raise an error while a local variable holds the secret."""
    local_value = secret
    raise ValueError(f"cannot use {len(local_value)} characters")


def logged(log_format: Literal["plain", "json"], act: Callable[[logging.Logger], None]) -> str:
    """Return what `act` writes to a logger with Optout's handler."""
    config = logging_config(log_format, secrets={CANARY, "ab"})
    stream = StringIO()
    config["handlers"]["console"]["stream"] = stream
    config["loggers"] = {"optout.canary": {"handlers": ["console"], "propagate": False, "level": "INFO"}}
    config["root"] = {}
    config["incremental"] = False
    before = logging.getLogger().handlers[:]
    logging.config.dictConfig(config)
    logging.getLogger().handlers[:] = before
    act(logging.getLogger("optout.canary"))
    return stream.getvalue()


def log_traceback(logger: logging.Logger) -> None:
    """Log an error with its traceback."""
    try:
        fail_with(CANARY)
    except ValueError:
        logger.exception("It failed")


class LogTests(SimpleTestCase):
    def test_plain_lines_read_well(self) -> None:
        line = logged("plain", lambda logger: logger.info("Sent %s", "OPT-2026-000001"))
        assert line.endswith("Z [info] Sent OPT-2026-000001 [optout.canary]\n")

    def test_json_lines_are_json(self) -> None:
        entry = json.loads(logged("json", lambda logger: logger.warning("Sent %s", "OPT-2026-000001")))
        assert (entry["event"], entry["level"]) == ("Sent OPT-2026-000001", "warning")

    def test_structlog_goes_the_same_way(self) -> None:
        configure_structlog()
        line = logged("json", lambda logger: structlog.get_logger("optout.canary").info("Sent", request=7))
        assert json.loads(line)["request"] == 7

    def test_a_known_secret_never_comes_out(self) -> None:
        for log_format in ("plain", "json"):
            line = logged(log_format, lambda logger: logger.info("connecting with %s", f"x{CANARY}x"))
            assert CANARY not in line
            assert "x[redacted]x" in line

    def test_a_traceback_shows_no_local_variables(self) -> None:
        for log_format in ("plain", "json"):
            line = logged(log_format, log_traceback)
            assert "cannot use 13 characters" in line
            assert "fail_with" in line
            assert CANARY not in line

    def test_an_address_that_is_a_secret_never_comes_out(self) -> None:
        for address in (
            "/hooks/mail/mailgun/unguessable/mime",
            "/calendar/unguessable.ics",
            "/unsubscribe/7:unguessable/",
            "/invitations/unguessable/",
            "/setup/unguessable/",
            "/accounts/password/reset/key/1-unguessable/",
            "/accounts/confirm-email/unguessable/",
        ):
            for said in (
                f"Not Found: {address}",
                f'"GET {address} HTTP/1.1" 200 12',
                f"https://o.example{address}?x=1",
            ):
                with self.subTest(said):
                    line = logged("json", lambda logger, said=said: logger.warning("%s", said))  # type: ignore[misc]
                    assert "unguessable" not in line
                    assert "[redacted]" in line
        assert "/setup/vendors/" in logged("plain", lambda logger: logger.info("/setup/vendors/ is asked for"))

    def test_what_runserver_says_goes_the_same_way(self) -> None:
        server = logging_config("plain", set())["loggers"]["django.server"]
        assert (server["handlers"], server["propagate"]) == ([], True)

    def test_a_short_secret_blots_out_nothing(self) -> None:
        assert "abandoned" in logged("plain", lambda logger: logger.info("abandoned"))

    def test_it_knows_the_passwords_in_urls_as_written_and_decoded(self) -> None:
        assert passwords_in(["postgres://u:p%40ss@db/x", "redis://:r3dis@h:1", "unix:///x", ""]) == {
            "p%40ss",
            "p@ss",
            "r3dis",
        }
