import datetime
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings
from django.utils import timezone

from requests_app.models import MailSettings, Organisation
from requests_app.records import doctor
from requests_app.tracking.system import Check, State


class DoctorTests(TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(override_settings(DATA_DIR=self.folder))

    def run_with(self, machine: Check, *arguments: str) -> str:
        out = io.StringIO()
        with patch.object(doctor, "checks_of_the_machine", return_value=[machine]):
            call_command("doctor", *arguments, stdout=out)
        return out.getvalue()

    def test_where_all_is_well_it_says_so_of_each_thing(self) -> None:
        text = self.run_with(Check("Database", State.OK, "It answers."))
        assert "ok    Database: It answers." in text
        assert "Backup" in text
        assert "fingerprint" in text

    def test_what_is_bad_is_told_with_its_hint_and_ends_with_1(self) -> None:
        with pytest.raises(CommandError, match="To be mended: Database") as caught:
            self.run_with(Check("Database", State.BAD, "It is silent.", "Start it."))
        assert caught.value.returncode == 1

    def test_scripts_get_json(self) -> None:
        found = json.loads(self.run_with(Check("Database", State.OK, "It answers."), "--json"))
        assert found["ok"] is True
        assert found["checks"][0] == {"name": "Database", "state": "ok", "text": "It answers.", "hint": ""}

    def test_secrets_that_were_encrypted_with_another_key_are_noticed(self) -> None:
        assert doctor.field_key().text == "0 secrets can be read."
        acme = Organisation.objects.create(name="Acme GmbH", slug="acme")
        MailSettings.objects.create(organisation=acme, smtp_password="canary")
        assert doctor.field_key().text == "1 secret can be read."
        with override_settings(FIELD_KEYS=[Fernet.generate_key().decode()]):
            found = doctor.field_key()
        assert found.state is State.BAD
        assert "FIELD_KEY" in found.hint

    def test_a_backup_that_is_old_or_was_never_made_is_looked_at(self) -> None:
        now = timezone.now()
        assert doctor.backups(now).state is State.OK
        Organisation.objects.create(name="Acme GmbH", slug="acme")
        assert doctor.backups(now).state is State.WARN
        (self.folder / "last_backup").write_text(json.dumps({"made_at": now.isoformat()}))
        assert doctor.backups(now).state is State.OK
        assert doctor.backups(now + datetime.timedelta(days=3)).state is State.WARN
