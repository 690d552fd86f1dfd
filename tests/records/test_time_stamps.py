"""Records and packs with a time stamp of a service that answers over HTTP."""

import io
import re

from asn1crypto import cms
from django.core.management import call_command
from django.test import override_settings

from requests_app.models import Action, Event, Export, ExportState, Source
from requests_app.records.pack_order import PackRefused
from requests_app.records.pack_verification import verify_file
from requests_app.records.sealing import SealRefused, sealed_record
from requests_app.records.verification import verify_record
from tests.records.envelopes import envelope_of, with_envelope
from tests.records.packs import PackTestCase
from tests.records.time_stamps import Babbling, OfSomethingElse, Page, Service, WithBrokenCertificate, serving

NOWHERE = "http://127.0.0.1:9/"


class TimeStampTests(PackTestCase):
    def stamped(self) -> bytes:
        with serving(Service()):
            return self.seal()

    def seal(self) -> bytes:
        return sealed_record(self.found, actor="command", source=Source.COMMAND, language="en")

    def test_a_record_says_when_it_was_stamped_and_by_whom(self) -> None:
        verdict = verify_record(self.stamped())
        assert verdict.is_good, verdict.fault
        said = (
            r"time-stamped 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC by SHA-256 \w{64}, .* “Common Name: Example time stamps”"
        )
        assert re.search(said, verdict.checks[0]), verdict.checks[0]
        assert verdict.checks[0].endswith("whom nobody vouches for.")

    def test_so_does_a_pack_each_of_whose_pdfs_is_stamped(self) -> None:
        with serving(Service()) as service:
            pack = self.pack()
        assert service.asked >= 3  # two records and the index
        verdict = verify_file(io.BytesIO(pack), self.signing().pem)
        assert verdict.is_good, verdict.fault
        assert "time-stamped 20" in verdict.checks[-2]

    def test_a_stamp_that_was_taken_away_is_missed(self) -> None:
        def without(signed: cms.SignedData) -> None:
            del signed["signer_infos"][0]["unsigned_attrs"]

        assert "says that its time is time-stamped" in verify_record(with_envelope(self.stamped(), without)).fault

    def test_the_stamp_of_another_signature_does_not_fit(self) -> None:
        other = cms.ContentInfo.load(envelope_of(self.stamped()))["content"]["signer_infos"][0]["unsigned_attrs"]

        def swapped(signed: cms.SignedData) -> None:
            signed["signer_infos"][0]["unsigned_attrs"] = other.untag()

        assert "does not fit the signature" in verify_record(with_envelope(self.stamped(), swapped)).fault

    def test_a_service_that_does_not_do_its_work_makes_no_record(self) -> None:
        for service, words in (
            (OfSomethingElse(), "gave no time stamp of this file: The time stamp does not fit"),
            (Babbling(), "what it answers is no time stamp"),
            (WithBrokenCertificate(), "what it answers is no time stamp"),
            (Page(), "does not answer"),
        ):
            with self.subTest(words), serving(service), self.assertRaisesMessage(SealRefused, words):
                self.seal()
        with override_settings(TSA_URL=NOWHERE), self.assertRaisesMessage(SealRefused, "does not answer"):
            self.seal()
        assert not Event.objects.filter(action=Action.RECORD_EXPORTED, stream=self.found.stream).exists()

    def test_a_pack_is_refused_and_the_export_says_why(self) -> None:
        with override_settings(TSA_URL=NOWHERE), self.assertRaisesMessage(PackRefused, "does not answer"):
            self.pack()
        self.client.force_login(self.auditor)
        self.client.post("/o/acme/requests/export/", {"format": "zip", "query": ""})
        with override_settings(TSA_URL=NOWHERE):
            call_command("run_jobs", stdout=io.StringIO())
        export = Export.objects.latest("pk")
        assert (export.state, export.path) == (ExportState.FAILED, "")
        assert "The time-stamping service does not answer" in export.log
