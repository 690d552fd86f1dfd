import datetime
from unittest import mock

from django.db import DatabaseError, connection
from django.test import TestCase
from django.utils import timezone

from requests_app.models import Procedure, Vendor, record_heartbeat


def visible_text(content: bytes) -> str:
    """Return the page with its white space folded, as a browser shows it."""
    return " ".join(content.decode().split())


class HomeTests(TestCase):
    def test_it_counts_vendors_and_procedures_that_are_not_retired(self) -> None:
        vendor = Vendor.objects.create(slug="acme", name="Acme", website="https://acme.example", content={})
        Procedure.objects.create(vendor=vendor, slug="one", channel="email", default_state="on")
        Procedure.objects.create(vendor=vendor, slug="two", channel="email", default_state="on")
        Procedure.objects.create(
            vendor=vendor, slug="old", channel="email", default_state="on", retired_at=timezone.now()
        )
        assert "2 procedures at 1 vendor " in visible_text(self.client.get("/").content)

    def test_it_says_how_to_fill_an_empty_catalogue(self) -> None:
        assert "manage.py load_catalogue" in visible_text(self.client.get("/").content)

    def test_it_shows_a_worker_that_beats(self) -> None:
        record_heartbeat("celery@here", timezone.now())
        assert "At work, last heartbeat at" in visible_text(self.client.get("/").content)

    def test_it_shows_a_worker_that_has_gone_silent(self) -> None:
        record_heartbeat("celery@here", timezone.now() - datetime.timedelta(minutes=4))
        assert "Silent since" in visible_text(self.client.get("/").content)

    def test_it_shows_that_no_worker_was_seen(self) -> None:
        assert "No heartbeat yet" in visible_text(self.client.get("/").content)

    def test_it_runs_nothing_from_elsewhere_and_nothing_inline(self) -> None:
        response = self.client.get("/")
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        page = response.content.decode()
        assert "<script" not in page
        assert "style=" not in page
        assert "://" not in page

    def test_it_only_answers_to_reading(self) -> None:
        assert self.client.post("/").status_code == 405


class HealthTests(TestCase):
    def test_it_is_well_when_the_database_answers(self) -> None:
        response = self.client.get("/healthz")
        assert (response.status_code, response.content) == (200, b"ok\n")
        assert response.headers["Content-Type"] == "text/plain"

    def test_it_is_not_when_the_database_does_not_answer(self) -> None:
        with mock.patch.object(connection, "cursor", side_effect=DatabaseError):
            response = self.client.get("/healthz")
        assert response.status_code == 503

    def test_it_answers_a_load_balancer_that_speaks_plain_http(self) -> None:
        with self.settings(SECURE_SSL_REDIRECT=True):
            assert self.client.get("/healthz").status_code == 200
            assert self.client.get("/").status_code == 301
