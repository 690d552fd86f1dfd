from django.test import SimpleTestCase

from requests_app.catalogue.difference import Difference, Piece, differences


def marked(difference: Difference) -> tuple[str, str]:
    """Return both sides, with what the other side does not have in brackets."""
    before, after = (
        "".join(f"[{piece.text}]" if piece.changed else piece.text for piece in side)
        for side in (difference.before, difference.after)
    )
    return before, after


class DifferenceTests(SimpleTestCase):
    def test_equal_versions_have_none(self) -> None:
        assert list(differences({"a": [1, {"b": "c"}]}, {"a": [1, {"b": "c"}]})) == []

    def test_a_text_differs_word_by_word(self) -> None:
        [found] = differences({"a": "one two three"}, {"a": "one 2 three"})
        assert (found.name, marked(found)) == ("a", ("one [two] three", "one [2] three"))

    def test_what_is_new_has_no_before(self) -> None:
        [found] = differences({}, {"quote": {"text": "We do.", "read": "2026-01-01"}})
        assert found.before == ()
        assert found.after == (Piece("text: We do.\nread: 2026-01-01", True),)

    def test_what_is_gone_has_no_after(self) -> None:
        [found] = differences({"a": "x"}, {})
        assert (found.before, found.after) == ((Piece("x", True),), ())

    def test_lists_differ_item_by_item(self) -> None:
        found = list(differences({"caveats": ["a", "b", "c"]}, {"caveats": ["new", "a", "b two", "c"]}))
        assert [(one.name, *marked(one)) for one in found] == [
            ("caveats.1", "", "[new]"),
            ("caveats.3", "b", "b[ two]"),
        ]

    def test_an_item_taken_out_is_named_by_its_old_place(self) -> None:
        [found] = differences({"steps": ["a", "b", "c"]}, {"steps": ["a", "c"]})
        assert (found.name, marked(found)) == ("steps.2", ("[b]", ""))

    def test_items_that_are_objects_differ_by_key(self) -> None:
        [found] = differences({"sources": [{"url": "a", "read": "1"}]}, {"sources": [{"url": "a", "read": "2"}]})
        assert found.name == "sources.1.read"

    def test_values_of_another_kind_are_shown_as_a_person_reads_them(self) -> None:
        pairs = [(None, "x", "(none)"), (True, False, "yes"), (14, 30, "14"), ([1], "x", "[\n  1\n]")]
        for before, after, text in pairs:
            [found] = differences({"a": before}, {"a": after})
            assert "".join(piece.text for piece in found.before) == text
