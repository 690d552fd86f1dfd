import json
import urllib.request
from base64 import b64encode
from urllib.error import HTTPError
from urllib.parse import urlsplit

from django.test import LiveServerTestCase

from requests_app.intake.hooks import address_of, make_hook
from requests_app.models import InboundMail, MailProvider, Membership, Way
from tests.database import HistoryTransactionTestCase
from tests.intake.mails import mail
from tests.world import write_acme


class LiveHookTests(HistoryTransactionTestCase, LiveServerTestCase):
    def test_a_provider_hands_over_a_mail_by_http(self) -> None:
        acme = write_acme()
        membership = Membership.objects.select_related("organisation", "user").get(user=acme.owner)
        hook = make_hook(membership, MailProvider.POSTMARK)
        raw = mail(text="It is done.")
        request = urllib.request.Request(
            self.live_server_url + urlsplit(address_of(hook)).path,
            data=json.dumps({"RawEmail": raw.decode()}).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(request, timeout=10)
            raise AssertionError("let in without a password")
        except HTTPError as error:
            with error:
                assert error.code == 401
        request.add_header("Authorization", "Basic " + b64encode(hook.signing_key.encode()).decode())
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.status == 200
        assert bytes(InboundMail.objects.get(way=Way.WEBHOOK).raw) == raw
