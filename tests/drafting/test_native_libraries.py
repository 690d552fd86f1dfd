from unittest import mock

from django.test import SimpleTestCase

from requests_app.drafting.rendering.native_libraries import (
    LIBRARIES,
    can_be_loaded,
    install_command,
    missing_libraries,
)


class NativeLibraryTests(SimpleTestCase):
    def test_it_finds_all_of_them_where_letters_can_be_drawn(self) -> None:
        assert missing_libraries() == []

    def test_it_notices_one_that_is_not_there(self) -> None:
        assert not can_be_loaded("optout-has-no-such-library")

    def test_it_names_them_in_the_order_of_the_list(self) -> None:
        with mock.patch("requests_app.drafting.rendering.native_libraries.can_be_loaded", return_value=False):
            assert missing_libraries() == list(LIBRARIES)

    def test_it_knows_the_installer_of_other_systems(self) -> None:
        with mock.patch("shutil.which", side_effect=lambda program: program if program == "brew" else None):
            assert install_command(["pango-1.0"]) == "brew install pango"

    def test_it_says_what_is_needed_where_it_knows_no_installer(self) -> None:
        with mock.patch("shutil.which", return_value=None):
            assert "libraries pango-1.0, harfbuzz with the package manager" in install_command(
                ["pango-1.0", "harfbuzz"]
            )
