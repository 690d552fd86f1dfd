import datetime
import plistlib
import subprocess
from typing import Any

from django.test import SimpleTestCase

from requests_app.drafting.settings_files import SettingsError
from tests.drafting.settings_requests import AS_TYPED, catalogue_files, files

MAC = "microsoft/office-optional-experiences-mac"
IOS = "microsoft/office-optional-experiences-ios"


def preference(**changes: object) -> dict[str, object]:
    return {
        "kind": "macos_preference",
        "domain": "com.acme.suite",
        "key": "Telemetry",
        "type": "boolean",
        "data": False,
        **changes,
    }


def profile(*entries: dict[str, object], **changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = plistlib.loads(files(*entries, **changes)["telemetry.mobileconfig"])
    return content


class ProfileTests(SimpleTestCase):
    def test_the_office_profile_sets_false(self) -> None:
        content = plistlib.loads(catalogue_files(MAC)[0].content)

        (payload,) = content["PayloadContent"]
        assert payload["PayloadType"] == "com.microsoft.office"
        assert payload["OptionalConnectedExperiencesPreference"] is False
        assert "DiagnosticDataTypePreference" not in payload

    def test_optional_preferences_are_set_when_asked_for(self) -> None:
        content = plistlib.loads(catalogue_files(MAC, include_optional=True)[0].content)

        assert content["PayloadContent"][0]["DiagnosticDataTypePreference"] == "ZeroDiagnosticData"

    def test_the_profile_has_what_apple_asks_for(self) -> None:
        content = profile(preference())

        assert content["PayloadType"] == "Configuration"
        assert content["PayloadVersion"] == 1
        assert content["PayloadIdentifier"] == "optout.acme.telemetry"
        assert content["PayloadDisplayName"] == "Switch telemetry off"
        assert content["PayloadScope"] == "System"
        assert content["PayloadRemovalDisallowed"] is False

    def test_there_is_one_payload_for_each_domain(self) -> None:
        content = profile(preference(), preference(domain="com.acme.other"), preference(key="Crashes"))

        assert [payload["PayloadType"] for payload in content["PayloadContent"]] == ["com.acme.other", "com.acme.suite"]
        assert len({payload["PayloadUUID"] for payload in [content, *content["PayloadContent"]]}) == 3

    def test_names_come_back_from_the_parser_as_typed(self) -> None:
        for name in AS_TYPED:
            with self.subTest(name):
                content = profile(preference(), organisation=name, details=[("Organisation", name)])
                assert content["PayloadOrganization"] == name
                assert f"Organisation: {name}" in content["PayloadDescription"]

    def test_a_profile_without_organisation_names_none(self) -> None:
        assert "PayloadOrganization" not in profile(preference(), organisation="")

    def test_equal_settings_give_equal_uuids_on_any_day(self) -> None:
        first = profile(preference())
        later = profile(preference(), date=datetime.date(2027, 2, 1))

        assert first["PayloadUUID"] == later["PayloadUUID"]
        assert first["PayloadUUID"] != profile(preference(data=True))["PayloadUUID"]
        assert files(preference()) == files(preference())

    def test_it_refuses_data_of_another_type(self) -> None:
        for kind, data in (("boolean", 0), ("integer", True), ("string", False)):
            with self.subTest(kind), self.assertRaises(SettingsError):
                files(preference(type=kind, data=data))

    def test_the_instructions_give_the_commands_for_one_mac(self) -> None:
        text = files(preference(), preference(key="A b", type="string", data="it's"))["instructions.txt"].decode()

        assert "defaults write com.acme.suite Telemetry -bool false\n" in text
        assert "defaults write com.acme.suite 'A b' -string 'it'\"'\"'s'\n" in text
        assert "defaults delete com.acme.suite Telemetry\n" in text

    def test_a_shell_reads_the_commands_as_meant(self) -> None:
        text = files(preference(key="A b", type="string", data="it's $(id)"))["instructions.txt"].decode()
        command = next(line.strip() for line in text.splitlines() if "defaults write" in line)
        shown = subprocess.run(
            ["/bin/sh", "-c", command.replace("defaults", "printf '%s|'", 1)], capture_output=True, check=True
        )

        assert shown.stdout.decode() == "write|com.acme.suite|A b|-string|it's $(id)|"


class ManagedAppTests(SimpleTestCase):
    def test_the_dictionary_holds_the_keys_and_nothing_else(self) -> None:
        content = plistlib.loads(catalogue_files(IOS)[0].content)

        assert content == {"OptionalConnectedExperiencesPreference": False}

    def test_the_instructions_say_how_it_travels(self) -> None:
        text = catalogue_files(IOS)[-1].content.decode()

        assert "InstallApplication" in text
        assert "not a configuration profile" in text
