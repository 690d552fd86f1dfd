"""Evidence packs of Acme's requests."""

import io
import zipfile

from requests_app.models import OptOutRequest
from requests_app.records.pack import Made, write_pack
from requests_app.records.pack_order import Order
from requests_app.tracking.filters import Filters
from tests.records.records import NOW, RecordTestCase


class PackTestCase(RecordTestCase):
    """Acme has two requests with a reference, and a draft."""

    def order(self, language: str = "en", **given: str) -> Order:
        return Order(self.acme, Filters(given), language, NOW)

    def pack(self, **given: str) -> bytes:
        """Return the ZIP of the list that these filters leave."""
        return self.made(**given)[0]

    def made(self, **given: str) -> tuple[bytes, Made]:
        file = io.BytesIO()
        made = write_pack(self.order(**given), file, lambda _written, _total: None)
        return file.getvalue(), made

    def referenced(self) -> list[OptOutRequest]:
        return list(OptOutRequest.objects.filter(organisation=self.acme).exclude(reference="").order_by("-pk"))


def members(pack: bytes) -> dict[str, bytes]:
    """Return the files of a pack, read by Python's own reader."""
    with zipfile.ZipFile(io.BytesIO(pack)) as found:
        return {name: found.read(name) for name in found.namelist()}
