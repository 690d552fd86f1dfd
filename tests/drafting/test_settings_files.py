import re

from django.test import SimpleTestCase

from requests_app.drafting.settings.table import FAMILIES
from requests_app.drafting.settings_files import SettingsError, UnknownKind
from tests.drafting.settings_requests import AS_TYPED, catalogue_files, catalogue_settings, files

VARIABLE = {"kind": "environment_variable", "name": "ACME_TELEMETRY", "data": "0"}
EXAMPLES: dict[str, dict[str, object]] = {
    "registry": {"path": r"HKEY_CURRENT_USER\Acme", "value_name": "T", "type": "REG_DWORD", "data": 0},
    "mdm_csp": {"policy": "Acme/T", "type": "integer", "data": 0},
    "macos_preference": {"domain": "com.acme", "key": "T", "type": "boolean", "data": False},
    "ios_managed_config": {"key": "T", "type": "boolean", "data": False},
    "environment_variable": {"name": "T", "data": "0"},
    "cloud_policy": {"policy": "T", "value": "Disabled"},
    "aws_organizations_policy": {"type": "T", "document": {"a": "b"}},
    "aws_cli": {"command": "aws organizations list-roots"},
    "api_property": {"name": "t", "data": False},
    "api_parameter": {"name": "t", "data": "deny"},
    "sql": {"command": "SELECT 1"},
    "powershell": {"command": "Get-Date"},
    "shell": {"command": "true"},
    "json_policy": {"document": {}},
    "snippet": {"label": "T", "language": "python", "text": "pass\n"},
}


class SettingsFilesTests(SimpleTestCase):
    def test_every_kind_of_setting_has_files_in_every_language(self) -> None:
        assert EXAMPLES.keys() == FAMILIES.keys()
        for kind, example in EXAMPLES.items():
            for locale in ("en", "de", "fr"):
                with self.subTest(kind=kind, locale=locale):
                    names = list(files({"kind": kind, **example}, locale=locale))
                    assert len(names) >= 2
                    assert names[-1] == "instructions.txt"

    def test_every_procedure_of_the_catalogue_has_files_in_every_language(self) -> None:
        assert len(catalogue_settings()) >= 12
        for name in catalogue_settings():
            for locale in ("en", "de", "fr"):
                for include_optional in (False, True):
                    with self.subTest(name=name, locale=locale, include_optional=include_optional):
                        made = catalogue_files(name, locale=locale, include_optional=include_optional)
                        assert all(file.content for file in made)
                        assert not re.search(rb"<[a-z-]+>|{{|{%|  \n", made[-1].content)

    def test_the_files_are_the_same_every_time(self) -> None:
        for name in catalogue_settings():
            assert catalogue_files(name) == catalogue_files(name)

    def test_the_languages_differ_in_the_instructions(self) -> None:
        headings = {"en": "WHAT IS SET", "de": "WAS GESETZT WIRD", "fr": "CE QUI EST RÉGLÉ"}
        for locale, heading in headings.items():
            assert heading in files(VARIABLE, locale=locale)["instructions.txt"].decode()

    def test_an_unknown_kind_is_named(self) -> None:
        with self.assertRaisesMessage(UnknownKind, "acme/telemetry: “telepathy”"):
            files({"kind": "telepathy"})

    def test_optional_settings_are_named_with_their_note(self) -> None:
        optional = {**VARIABLE, "name": "ACME_EVERYTHING", "optional": True, "note": "also ends updates"}
        made = files(VARIABLE, optional)

        assert "ACME_EVERYTHING" not in made["telemetry.sh"].decode()
        text = made["instructions.txt"].decode().partition("ALSO AVAILABLE")[2]
        assert "- ACME_EVERYTHING = 0\n  Note in the catalogue: also ends updates" in text

    def test_optional_settings_are_set_when_asked_for(self) -> None:
        made = files({**VARIABLE, "optional": True}, include_optional=True)

        assert "export ACME_TELEMETRY=0" in made["telemetry.sh"].decode()
        assert "ALSO AVAILABLE" not in made["instructions.txt"].decode()

    def test_values_stand_in_the_instructions_as_typed(self) -> None:
        for locale in ("en", "de", "fr"):
            made = files(VARIABLE, details=[("Name", name) for name in AS_TYPED], locale=locale)
            for name in AS_TYPED:
                assert f": {name}\n" in made["instructions.txt"].decode()

    def test_a_detail_of_two_lines_is_refused(self) -> None:
        for character in "\r\n\0":
            with self.subTest(repr(character)), self.assertRaises(SettingsError):
                files(VARIABLE, details=[("Tenant", f"a{character}b")])

    def test_control_characters_in_other_values_are_refused(self) -> None:
        for character in "\r\n\0\x85\u2028":
            with self.subTest(repr(character)):
                with self.assertRaises(ValueError):
                    files(VARIABLE, organisation=f"a{character}b")
                with self.assertRaises(ValueError):
                    files(VARIABLE, placeholders={"<x>": f"a{character}b"})
