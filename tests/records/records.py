"""A request with mail, evidence with a picture, and its sealed record."""

import io
import tempfile
from datetime import UTC, datetime
from typing import ClassVar

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from PIL import Image

from requests_app.delivery.evidence import add_evidence
from requests_app.models import OptOutRequest
from requests_app.records.checkpoints import Proofs, make_checkpoint
from requests_app.records.record import Record, record_of
from requests_app.records.sealing import seal, unsigned
from requests_app.records.signer import Signing, signing_of
from tests.world import AcmeTestCase

NOW = datetime(2026, 11, 24, 7, 15, tzinfo=UTC)


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 360)) -> bytes:
    """Return a picture with something to see."""
    made = Image.new("RGB", size)
    made.putdata([(x % 256, y % 256, (x + y) % 256) for y in range(size[1]) for x in range(size[0])])
    out = io.BytesIO()
    made.save(out, kind)
    return out.getvalue()


class RecordTestCase(AcmeTestCase):
    """Acme's submitted request, with evidence that lies where this test alone writes."""

    found: ClassVar[OptOutRequest]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        media = override_settings(MEDIA_ROOT=folder.name)
        media.enable()
        cls.addClassCleanup(media.disable)
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        olga = cls.owner.memberships.select_related("organisation", "user").get()
        shot = SimpleUploadedFile("Screen of the settings.png", picture())
        add_evidence(olga, cls.submitted, shot, "The switch is off")
        signing_of(cls.acme)  # Made before the record, because making it is an event, too.
        cls.found = OptOutRequest.objects.select_related(
            "organisation", "workspace__vendor", "procedure__vendor", "version", "stream", "responsible"
        ).get(pk=cls.submitted.pk)

    def record(self, language: str = "en") -> Record:
        return record_of(self.found, Proofs(make_checkpoint(self.acme, NOW)), NOW, language=language)

    def signing(self) -> Signing:
        return signing_of(self.acme)

    def sealed(self) -> bytes:
        return seal(unsigned(self.record(), self.signing()), self.signing(), "test")
