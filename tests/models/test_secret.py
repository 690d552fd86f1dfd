from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection
from django.test import override_settings

from requests_app.models import MailSettings
from requests_app.models.secret import Secret, SecretUnreadable
from tests.people import PeopleTestCase

PASSWORD = "canary-7f3a1c"


class SecretTests(PeopleTestCase):
    def setUp(self) -> None:
        MailSettings.objects.create(organisation=self.acme, smtp_password=PASSWORD)

    def read(self) -> str:
        return str(MailSettings.objects.get().smtp_password)

    def test_it_is_encrypted_in_the_database_and_readable_in_the_program(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT smtp_password, imap_password FROM requests_app_mailsettings")
            kept, empty = cursor.fetchone()
        assert PASSWORD not in kept
        assert kept.startswith("gAAAA")
        assert empty == ""
        assert self.read() == PASSWORD

    def test_no_repr_shows_it(self) -> None:
        row = MailSettings.objects.get()
        assert PASSWORD not in repr(row) + repr(row.smtp_password) + repr(vars(row)) + str(row)
        assert isinstance(row.smtp_password, Secret)

    def test_a_new_key_reads_what_the_old_one_wrote(self) -> None:
        with override_settings(FIELD_KEYS=[Fernet.generate_key().decode(), *settings.FIELD_KEYS]):
            assert self.read() == PASSWORD

    def test_another_key_says_what_to_do(self) -> None:
        with (
            override_settings(FIELD_KEYS=[Fernet.generate_key().decode()]),
            self.assertRaisesMessage(SecretUnreadable, "Set FIELD_KEY"),
        ):
            self.read()
