import io

import pytest
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from requests_app.models import Organisation


class SetupLinkCommandTests(TestCase):
    @override_settings(BASE_URL="https://optout.example.org", ACCOUNT_RATE_LIMITS=False)
    def test_it_prints_an_address_that_leads_in(self) -> None:
        out = io.StringIO()
        call_command("setup_link", stdout=out)
        address = out.getvalue().strip()
        assert address.startswith("https://optout.example.org/setup/")
        assert self.client.get(address.removeprefix("https://optout.example.org")).status_code == 200

    def test_there_is_none_once_optout_is_set_up(self) -> None:
        Organisation.objects.create(name="Acme GmbH", slug="acme")
        with pytest.raises(CommandError, match="set up already"):
            call_command("setup_link")
