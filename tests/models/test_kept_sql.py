import datetime
import uuid

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from requests_app.models import Event, EventPersonalValue, EventStream, MailSettings, Organisation, Tls
from requests_app.models.kept_sql import KeptQuery, insert_row, update_rows
from tests.models.events import make_stream, write_event

NAMES = ("id", "smtp_port", "smtp_password", "needs_approval", "sending_paused_at", "organisation__name")
SETTINGS = KeptQuery(lambda key: MailSettings.objects.filter(pk=key).values_list(*NAMES))
MOMENT = datetime.datetime(2026, 11, 24, 12, 30, 0, 123456, tzinfo=datetime.UTC)


class KeptSqlTests(TestCase):
    def settings_row(self, name: str) -> MailSettings:
        organisation = Organisation.objects.create(name=name, slug=name.lower(), country="DE")
        return MailSettings.objects.create(
            organisation=organisation, smtp_tls=Tls.NONE, smtp_password="a secret", sending_paused_at=MOMENT
        )

    def test_it_reads_what_django_reads_with_one_statement(self) -> None:
        for mail in (self.settings_row("Acme"), self.settings_row("Other")):
            with CaptureQueriesContext(connection) as captured:
                row = SETTINGS.row(mail.pk)
            assert row == MailSettings.objects.values_list(*NAMES).get(pk=mail.pk)
            assert row[2:5] == ("a secret", False, MOMENT)
            assert len(captured) == 1

    def test_a_row_that_is_not_there_is_an_error(self) -> None:
        with self.assertRaises(ObjectDoesNotExist):
            SETTINGS.row(0)

    def test_it_inserts_what_django_inserts(self) -> None:
        organisation = Organisation.objects.create(name="Acme", slug="acme", country="DE")
        stream = EventStream(id=uuid.uuid4(), organisation=organisation, kind="request", name="OPT-2026-000001")
        insert_row(stream)
        read = EventStream.objects.values().get(pk=stream.pk)
        assert read == {field.attname: getattr(stream, field.attname) for field in EventStream._meta.concrete_fields}
        assert not stream._state.adding

    def test_it_sets_the_key_that_the_database_gives(self) -> None:
        event = write_event(make_stream())
        value = EventPersonalValue(event=event, name="another", salt="0" * 64, value_json='"ä"')
        insert_row(value)
        assert EventPersonalValue.objects.get(pk=value.pk).value_json == '"ä"'
        assert Event.objects.get(pk=event.pk).personal["another"] == "ä"

    def test_it_writes_only_where_every_condition_holds(self) -> None:
        mail, other = self.settings_row("Acme"), self.settings_row("Other")
        new = {"smtp_password": "b", "sending_paused_at": None, "smtp_port": 25}
        assert update_rows(MailSettings, new, {"pk": mail.pk, "smtp_tls": (Tls.TLS, Tls.STARTTLS)}) == 0
        assert update_rows(MailSettings, new, {"pk": mail.pk, "smtp_tls": (Tls.TLS, Tls.NONE)}) == 1
        mail.refresh_from_db()
        other.refresh_from_db()
        assert (mail.smtp_password, mail.sending_paused_at, mail.smtp_port) == ("b", None, 25)
        assert (other.smtp_password, other.sending_paused_at, other.smtp_port) == ("a secret", MOMENT, 587)
