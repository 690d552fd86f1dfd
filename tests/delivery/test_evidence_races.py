"""Two people who replace the same file at the same time: one of them is told."""

import tempfile
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from requests_app.delivery.evidence import EvidenceRefused, add_evidence, supersede
from requests_app.models import Evidence, Membership
from requests_app.records.chain import verify_stream
from tests.database import HistoryTransactionTestCase
from tests.tracking.notices.test_many_workers import at_once
from tests.world import write_acme


class EvidenceRaceTests(HistoryTransactionTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(MEDIA_ROOT=str(self.folder)))
        acme = write_acme()
        members = Membership.objects.select_related("organisation", "user")
        self.olga, self.andy = members.get(user=acme.owner), members.get(user=acme.admin)
        self.old = add_evidence(self.olga, acme.submitted, SimpleUploadedFile("old.txt", b"old"), "")
        self.told: list[str] = []

    def replace(self, member: Membership, content: bytes) -> None:
        try:
            supersede(member, self.old, SimpleUploadedFile("new.txt", content), "")
        except EvidenceRefused as refusal:
            self.told.append(str(refusal))

    def test_one_is_told_and_leaves_no_file(self) -> None:
        at_once(lambda: self.replace(self.olga, b"one"), lambda: self.replace(self.andy, b"two"))
        assert Evidence.objects.filter(supersedes=self.old).count() == 1
        assert len(self.told) == 1
        assert "has replaced this file already" in self.told[0]
        kept = {str(path.relative_to(self.folder)) for path in (self.folder / "evidence").rglob("*") if path.is_file()}
        assert kept == set(Evidence.objects.filter(request=self.old.request).values_list("file", flat=True))
        assert verify_stream(self.old.request.stream).fault is None
