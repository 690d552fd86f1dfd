from django.test import SimpleTestCase

from requests_app.drafting.wording import WordingError, fill
from tests.drafting.people import AWKWARD


class FillTests(SimpleTestCase):
    def test_a_value_comes_out_as_typed_and_is_never_read_as_a_template(self) -> None:
        for value in AWKWARD:
            assert fill("<{{ name }}>", {"name": value}) == f"<{value}>"

    def test_it_refuses_what_is_unknown_unfinished_or_not_allowed(self) -> None:
        for wording in (
            "{{ nobody }}",
            "{{ name.__class__ }}",
            "{{ name",
            "{{ name | upcase }}",
            "{% include 'en/request.liquid' %}",
            "{% render 'en/request.liquid' %}",
            "{% assign x = 1 %}",
            "{% capture x %}{% endcapture %}",
            "{% liquid echo name %}",
        ):
            with self.subTest(wording=wording), self.assertRaises(WordingError):
                fill(wording, {"name": "x"})

    def test_it_stops_loops_and_output_that_grow_without_bound(self) -> None:
        for wording in (
            "{% for i in (1..100000000) %}x{% endfor %}",
            "{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}",
            "{% for i in (1..900) %}" + "x" * 200 + "{% endfor %}",
        ):
            with self.subTest(wording=wording[:40]), self.assertRaises(WordingError):
                fill(wording, {"name": "x"})
