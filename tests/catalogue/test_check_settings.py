from typing import Any
from unittest import TestCase

from requests_app.catalogue.check_settings import check_settings

REGISTRY = {"kind": "registry", "path": r"HKEY_CURRENT_USER\Software\x", "value_name": "a", "type": "REG_DWORD"}
PREFERENCE = {"kind": "macos_preference", "domain": "com.example", "key": "k", "type": "boolean", "data": False}


class CheckSettingsTests(TestCase):
    def faults(self, setting: dict[str, Any], **changes: Any) -> str:
        return "; ".join(f"{where}: {reason}" for where, reason in check_settings([{**setting, **changes}]))

    def test_it_accepts_data_that_fits(self) -> None:
        assert self.faults(REGISTRY, data=2, meaning={"1": "on", "2": "off"}) == ""
        assert self.faults(REGISTRY, type="REG_MULTI_SZ", data=["a", "b"]) == ""
        assert self.faults(PREFERENCE, meaning={"false": "off"}, allowed=["true", "false"]) == ""

    def test_it_finds_data_of_another_type(self) -> None:
        for data in ("2", -1, 2**32, True, [1]):
            with self.subTest(data=data):
                assert "facts.settings.0.data" in self.faults(REGISTRY, data=data)
        assert "does not fit the type boolean" in self.faults(PREFERENCE, data="false")
        assert "does not fit the type integer" in self.faults(PREFERENCE, type="integer", data=False)

    def test_it_finds_a_hive_that_windows_does_not_have(self) -> None:
        assert "HKEY_CURRENT_USER" in self.faults(REGISTRY, data=2, path=r"HKEY_FOO\x")

    def test_it_wants_a_meaning_for_the_value_that_is_set(self) -> None:
        assert "says nothing about “2”" in self.faults(REGISTRY, data=2, meaning={"1": "on"})
        assert "facts.settings.0.allowed" in self.faults(PREFERENCE, allowed=["true"])
