import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from requests_app.catalogue.load import CatalogueRefused, Report, load_catalogue
from requests_app.models import Procedure, ProcedureVersion, Vendor
from tests.catalogue.vendors import vendor_document

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class LoadCatalogueTests(TestCase):
    def load(self, *documents: dict[str, Any]) -> Report:
        with TemporaryDirectory() as folder:
            for document in documents:
                (Path(folder) / f"{document['slug']}.yaml").write_text(json.dumps(document))
            return load_catalogue(Path(folder), NOW)

    def versions(self) -> list[int]:
        return list(ProcedureVersion.objects.order_by("number").values_list("number", flat=True))

    def test_it_adds_vendors_procedures_and_first_versions(self) -> None:
        report = self.load(vendor_document())
        assert report.added == ["acme", "acme/training"]
        version = ProcedureVersion.objects.get()
        assert (version.number, version.created_at) == (1, NOW)
        assert version.content["recipient"]["lines"][0] == "Acme Inc."
        assert version.content["facts"]["sources"][0]["url"] == "https://acme.example.com/terms"

    def test_loading_again_writes_nothing(self) -> None:
        self.load(vendor_document())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            report = self.load(vendor_document())
        assert report == Report(unchanged=2)
        written = [query["sql"] for query in queries if query["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
        assert written == []

    def test_changed_content_makes_a_new_version_and_keeps_the_old(self) -> None:
        self.load(vendor_document())
        report = self.load(vendor_document(procedures__0__facts__product="Acme Cloud 2"))
        assert report.changed == ["acme/training"]
        assert self.versions() == [1, 2]
        assert ProcedureVersion.objects.get(number=1).content["facts"]["product"] == "Acme Cloud"

    def test_a_changed_address_of_the_recipient_is_changed_content(self) -> None:
        self.load(vendor_document())
        self.load(vendor_document(addresses__0__lines=["2 Example Street", "Springfield"]))
        assert self.versions() == [1, 2]

    def test_what_is_gone_is_retired_and_comes_back_without_a_new_version(self) -> None:
        self.load(vendor_document(), vendor_document(slug="other"))
        report = self.load(vendor_document())
        assert report.retired == ["other", "other/training"]
        assert Procedure.objects.get(vendor__slug="other").retired_at == NOW
        report = self.load(vendor_document(), vendor_document(slug="other"))
        assert report.changed == ["other", "other/training"]
        assert Vendor.objects.get(slug="other").retired_at is None
        assert ProcedureVersion.objects.count() == 2

    def test_a_retired_slug_names_its_successor(self) -> None:
        self.load(vendor_document())
        report = self.load(
            vendor_document(procedures__0__slug="model-training", retired={"training": "model-training"})
        )
        assert report.retired == ["acme/training"]
        old = Procedure.objects.get(slug="training")
        assert old.successor == Procedure.objects.get(slug="model-training")

    def test_a_fault_anywhere_writes_nothing(self) -> None:
        with self.assertRaises(CatalogueRefused) as refused:
            self.load(vendor_document(), vendor_document(slug="other", website="no link"))
        assert [fault.file for fault in refused.exception.faults] == ["other.yaml"]
        assert not Vendor.objects.exists()

    def test_an_empty_folder_is_refused_instead_of_retiring_everything(self) -> None:
        self.load(vendor_document())
        with self.assertRaisesRegex(CatalogueRefused, "no vendor file"):
            self.load()
        assert Vendor.objects.filter(retired_at=None).exists()

    def test_the_database_refuses_to_change_or_delete_a_version(self) -> None:
        self.load(vendor_document())
        for statement in (
            "UPDATE requests_app_procedureversion SET number = 9",
            "DELETE FROM requests_app_procedureversion",
        ):
            with self.assertRaises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)

    def test_the_shipped_catalogue_loads_and_loads_again_without_writing(self) -> None:
        report = load_catalogue(settings.CATALOGUE_DIR, NOW)
        assert len(report.added) == Vendor.objects.count() + Procedure.objects.count()
        assert Procedure.objects.count() >= 88
        again = load_catalogue(settings.CATALOGUE_DIR, NOW)
        assert (again.added, again.changed, again.retired) == ([], [], [])
