import json
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import SimpleTestCase

from requests_app.catalogue.files import NoSuchProcedure, find_procedure
from tests.catalogue.vendors import vendor_document


class FindProcedureTests(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.write(retired={"old-training": "training"})

    def write(self, **changes: object) -> None:
        (self.folder / "acme.yaml").write_text(json.dumps(vendor_document(**changes)))

    def test_it_finds_by_full_name_and_by_vendor_where_there_is_one(self) -> None:
        for name in ("acme/training", "acme", "Acme/Training"):
            assert find_procedure(name, self.folder).name == "acme/training"

    def test_a_retired_name_leads_to_its_successor(self) -> None:
        assert find_procedure("acme/old-training", self.folder).name == "acme/training"

    def test_it_says_what_there_is(self) -> None:
        with self.assertRaisesRegex(NoSuchProcedure, "no vendor “other”"):
            find_procedure("other/training", self.folder)
        with self.assertRaisesRegex(NoSuchProcedure, "no procedure of the catalogue. Name one of: acme/training"):
            find_procedure("acme/other", self.folder)

    def test_a_vendor_alone_will_not_do_where_it_has_several(self) -> None:
        first = vendor_document()["procedures"][0]
        self.write(procedures=[first, {**first, "slug": "second"}])
        with self.assertRaisesRegex(NoSuchProcedure, "acme has several procedures. .*acme/training, acme/second"):
            find_procedure("acme", self.folder)
