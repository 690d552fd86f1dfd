from unittest import mock

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TestCase, override_settings


class HealthTests(TestCase):
    def test_they_answer_while_the_database_does(self) -> None:
        for path in ("/livez", "/readyz", "/healthz"):
            with self.subTest(path):
                response = self.client.get(path)
                assert (response.status_code, response.content) == (200, b"ok\n")
                assert response["Cache-Control"] == "no-store"

    def test_a_process_lives_though_the_database_does_not_answer(self) -> None:
        with mock.patch.object(connection, "cursor", side_effect=DatabaseError):
            assert self.client.get("/healthz").status_code == 503
            assert self.client.get("/readyz").status_code == 503
            assert self.client.get("/livez").status_code == 200

    def test_it_is_not_ready_before_its_migrations_are_applied(self) -> None:
        with mock.patch.object(MigrationExecutor, "migration_plan", return_value=["one"]):
            response = self.client.get("/readyz")
        assert response.status_code == 503
        assert b"waits for migrations" in response.content

    @override_settings(SECURE_SSL_REDIRECT=True)
    def test_they_answer_without_tls(self) -> None:
        for path in ("/livez", "/readyz", "/healthz"):
            assert self.client.get(path).status_code == 200
