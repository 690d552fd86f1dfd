"""What the benchmark of records compares."""

import io
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from requests_app.drafting.rendering.process import PDF_VARIANT, SHEET_DIRS, PackagedFetcher
from requests_app.models import OptOutRequest, Source
from requests_app.records.checkpoints import Proofs, make_checkpoint
from requests_app.records.pages import SHEETS, page_of
from requests_app.records.record import RELATED, record_of
from requests_app.records.sealing import sealed_record
from requests_app.records.signer import signing_of
from requests_app.records.verification import verify_record
from tests.records.records import RecordTestCase


def requests() -> dict[str, OptOutRequest]:
    """Return a request without pictures, and one with a picture, in Acme as the tests have it."""
    RecordTestCase.setUpTestData()
    rows = OptOutRequest.objects.select_related(*RELATED)
    return {"plain": rows.get(pk=RecordTestCase.queued.pk), "picture": rows.get(pk=RecordTestCase.submitted.pk)}


def ways(found: OptOutRequest) -> dict[str, Callable[[], object]]:
    """Return the record as it is exported, bare WeasyPrint on its pages, and its verification."""
    now = timezone.now()
    signing = signing_of(found.organisation)
    page = page_of(record_of(found, Proofs(make_checkpoint(found.organisation, now)), now), signing, "0" * 64)
    fetcher, fonts = PackagedFetcher(), FontConfiguration()
    fetcher.pictures = page.pictures
    paths = [next(folder / name for folder in SHEET_DIRS if (folder / name).exists()) for name in SHEETS]
    sheets = [
        CSS(string=path.read_text(), base_url=path.as_uri(), url_fetcher=fetcher, font_config=fonts) for path in paths
    ]

    def bare() -> None:
        out = io.BytesIO()
        HTML(string=page.html, base_url="about:blank", url_fetcher=fetcher).write_pdf(
            out, stylesheets=sheets, font_config=fonts, pdf_variant=PDF_VARIANT
        )

    def sealed() -> bytes:
        with transaction.atomic():  # Undone each time, or the record would grow by an event.
            made = sealed_record(found, actor="command", source=Source.COMMAND, language="en")
            transaction.set_rollback(True)
        return made

    pdf = sealed()
    return {"sealed": sealed, "bare": bare, "verify": lambda: verify_record(pdf)}
