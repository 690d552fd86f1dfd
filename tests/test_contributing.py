"""The vendor file that CONTRIBUTING shows is one that a newcomer can start from."""

import re
import textwrap
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.test import SimpleTestCase

from requests_app.catalogue.check import check_files
from requests_app.catalogue.files import find_procedure
from requests_app.drafting.formats import formats_of

CONTRIBUTING = (settings.BASE_DIR / "CONTRIBUTING.md").read_text(encoding="utf-8")


class ContributingTests(SimpleTestCase):
    def test_the_example_has_no_fault_and_can_be_drafted(self) -> None:
        example = re.search(r"```yaml\n(.*?)```", CONTRIBUTING, re.DOTALL)
        assert example
        with TemporaryDirectory() as folder:
            path = Path(folder) / "acme.yaml"
            path.write_text(textwrap.dedent(example[1]), encoding="utf-8")
            assert check_files([path], date(2026, 11, 24)) == []
            assert formats_of(find_procedure("acme/model-training", Path(folder))) == ("text", "eml", "pdf", "json")
