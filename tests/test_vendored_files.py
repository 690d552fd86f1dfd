"""Files of other projects are those that their list names, with version and licence."""

import hashlib
from pathlib import Path

import yaml
from django.conf import settings
from django.test import SimpleTestCase

FRONT_END = settings.BASE_DIR / "static" / "vendor" / "vendor.yaml"
TEST_DATA = settings.BASE_DIR / "tests" / "data" / "data.yaml"


class VendoredFileTests(SimpleTestCase):
    def test_the_front_end_files_are_those_of_the_list(self) -> None:
        self.check(FRONT_END, set(names_beside(FRONT_END)))

    def test_the_test_data_are_those_of_the_list(self) -> None:
        self.check(TEST_DATA, {name for name in names_beside(TEST_DATA) if not name.endswith(".LICENSE")})

    def test_no_front_end_file_names_a_source_map_that_is_not_there(self) -> None:
        for name in names_beside(FRONT_END):
            if name.endswith((".js", ".css")):
                assert "sourceMappingURL" not in (FRONT_END.parent / name).read_text(encoding="utf-8"), name

    def check(self, listing: Path, found: set[str]) -> None:
        """Fail unless the list names each of the files found, with its sum, version, licence and home."""
        listed = yaml.safe_load(listing.read_text(encoding="utf-8"))
        assert set(listed) == found
        for name, entry in listed.items():
            assert hashlib.sha256((listing.parent / name).read_bytes()).hexdigest() == entry["sha256"], name
            assert all(entry[key] for key in ("project", "version", "licence", "home")), name


def names_beside(listing: Path) -> list[str]:
    """Return the names of the files in the list's folder, without the list."""
    return [path.name for path in listing.parent.iterdir() if path != listing]
