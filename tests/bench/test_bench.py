from unittest import mock

import pytest
from django.test import SimpleTestCase

from tests.bench.__main__ import benchmarks, main, table
from tests.bench.row import Row

ROW: Row = {"name": "things", "value": 1234.5, "unit": "things/s", "reference": "bare", "ratio": None, "aim": ">= 1"}


class BenchTests(SimpleTestCase):
    def test_the_table_has_a_column_for_each_key(self) -> None:
        head, line = table([ROW]).splitlines()
        assert head.split() == ["NAME", "VALUE", "UNIT", "REFERENCE", "RATIO", "AIM"]
        assert line.split() == ["things", "1,234", "things/s", "bare", "-", ">=", "1"]

    def test_an_unknown_name_ends_with_the_names_there_are(self) -> None:
        with mock.patch.dict("os.environ", ONLY="nothing"), pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == 2

    def test_it_finds_modules_with_a_run(self) -> None:
        assert "row" not in dict(benchmarks(""))
