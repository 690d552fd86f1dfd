import hashlib
import re

import pytest
import yaml
from django.conf import settings
from django.test import SimpleTestCase
from fontTools.ttLib import TTFont

from requests_app.drafting.letters.fonts import FONT_DIR, UnsupportedCharacters, check_characters, text_width

FONTS_CSS = settings.BASE_DIR / "templates" / "letters" / "fonts.css"


class VendoredFontTests(SimpleTestCase):
    def test_the_files_are_those_of_the_list(self) -> None:
        listed = yaml.safe_load((FONT_DIR / "fonts.yaml").read_text())["files"]
        assert {path.name for path in FONT_DIR.glob("*.ttf")} == set(listed)
        for name, entry in listed.items():
            assert hashlib.sha256((FONT_DIR / name).read_bytes()).hexdigest() == entry["sha256"], name
            with TTFont(FONT_DIR / name) as font:
                assert font["name"].getDebugName(5).startswith(f"Version {entry['version']}"), name
                assert "SIL Open Font License" in font["name"].getDebugName(13), name
                assert font["OS/2"].fsType == 0, "embedding is not restricted"

    def test_the_licence_is_beside_them(self) -> None:
        assert "SIL OPEN FONT LICENSE Version 1.1" in (FONT_DIR / "OFL.txt").read_text()

    def test_they_are_small_enough_to_ship(self) -> None:
        assert sum(path.stat().st_size for path in FONT_DIR.iterdir()) < 3_000_000

    def test_the_style_sheet_names_each_of_them_in_the_order_of_their_names(self) -> None:
        named = re.findall(r"static/fonts/(.*?)\"", FONTS_CSS.read_text())
        assert set(named) == {path.name for path in FONT_DIR.glob("*.ttf")}
        regular = [name for name in named if "Regular" in name]
        assert regular == sorted(regular)

    def test_the_bold_fonts_have_what_the_regular_ones_have(self) -> None:
        for bold in FONT_DIR.glob("*-Bold.ttf"):
            with TTFont(bold) as one, TTFont(FONT_DIR / bold.name.replace("Bold", "Regular")) as other:
                assert one.getBestCmap().keys() == other.getBestCmap().keys(), bold.name

    def test_figures_are_tabular(self) -> None:
        assert len({text_width(figure) for figure in "0123456789"}) == 1


class CharacterTests(SimpleTestCase):
    def test_the_scripts_of_the_letters_are_there(self) -> None:
        for text in (
            *(
                "ÄÖÜäöüß ÀÉÎÔŒçñ ŁłŞşŐő Ț ț „“”‚‘’«»–—…•€§©®™°²½",
                "ΑΒΓ αβγ άέή",
                "АБВ абв ЁёЇїЪ",
                "אבג שָׁ ״׳",
                "ابت ءآلا پچگ ،؟٣ تًٌ",
            ),
            *("a→b ≤ ≥ ≠ − ×", "tab\tnewline\n", "joiners \N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"),
            *(
                "marks \N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}",
                "soft\N{SOFT HYPHEN}hyphen",
                "e\N{COMBINING ACUTE ACCENT}",
            ),
        ):
            check_characters(text)

    def test_others_are_reported_once_with_code_point_and_name(self) -> None:
        with pytest.raises(UnsupportedCharacters) as raised:
            check_characters("a漢b字漢\0\N{GRINNING FACE}")
        assert raised.value.characters == ("漢", "字", "\0", "😀")
        for part in ("'漢' (U+6F22 CJK UNIFIED IDEOGRAPH-6F22)", "(U+0000 without a name)", "(U+1F600 GRINNING FACE)"):
            assert part in str(raised.value)

    def test_controls_and_lone_surrogates_are_reported(self) -> None:
        for character in "\r\x0b\x0c\x1b\x7f\x85\u2028\u2029\ud800\ufffe":
            with pytest.raises(UnsupportedCharacters):
                check_characters(character)
