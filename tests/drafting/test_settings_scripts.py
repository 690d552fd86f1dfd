import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.drafting.settings.quoting import POWERSHELL, SHELL, SQL, fill
from requests_app.drafting.settings_files import SettingsError
from tests.drafting.settings_requests import AS_TYPED, catalogue_files, files
from tests.drafting.test_settings_registry import ONE_LINE

AWS = "aws/organizations-ai-optout"
VARIABLE = {"kind": "environment_variable", "name": "ACME_TELEMETRY", "data": "0"}
ARGUMENT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def run(script: str, *, shell: str = "/bin/sh", **environment: str) -> str:
    """Run the script and return what it prints. Nothing may be printed on standard error."""
    done = subprocess.run(
        [shell, "-c", script], capture_output=True, check=True, env={"PATH": os.environ["PATH"], **environment}
    )
    assert not done.stderr
    return done.stdout.decode()


def aws_calls(script: bytes) -> list[list[str]]:
    """Run the script with an `aws` that writes its arguments down; return them call by call."""
    with tempfile.TemporaryDirectory() as folder:
        command = Path(folder) / "aws"
        command.write_text('#!/bin/sh\nprintf "%s\\037" "$@"\nprintf "\\036"\n')
        command.chmod(0o755)
        path = Path(folder) / "commands.sh"
        path.write_bytes(script)
        run(f"bash -n {path}")
        printed = run(f"/bin/sh {path}", PATH=f"{folder}:{os.environ['PATH']}")
    return [call.split("\x1f")[:-1] for call in printed.split("\x1e")[:-1]]


class EnvironmentTests(SimpleTestCase):
    def test_a_shell_that_reads_the_file_has_the_variables(self) -> None:
        made = {file.name: file.content for file in catalogue_files("microsoft/developer-cli-telemetry")}
        script = made["developer-cli-telemetry.sh"].decode() + "env"

        for shell in ("/bin/sh", "/bin/bash"):
            lines = run(script, shell=shell).splitlines()
            assert "DOTNET_CLI_TELEMETRY_OPTOUT=1" in lines
            assert "AZURE_CORE_COLLECT_TELEMETRY=0" in lines

    def test_the_undo_file_takes_them_away(self) -> None:
        made = files(VARIABLE)
        script = made["telemetry.sh"].decode() + made["telemetry-undo.sh"].decode()

        assert run(script + "printenv ACME_TELEMETRY || echo gone") == "gone\n"

    def test_values_reach_the_environment_as_typed(self) -> None:
        for text in AS_TYPED:
            with self.subTest(text):
                script = files({**VARIABLE, "data": text})["telemetry.sh"].decode()
                assert run(script + "printenv ACME_TELEMETRY") == text + "\n"

    def test_powershell_gets_a_literal_string(self) -> None:
        made = files({**VARIABLE, "data": "it's ‘so’ $HOME"})["telemetry.ps1"]

        assert made.startswith(b"\xef\xbb\xbf")
        assert made.decode("utf-8-sig").splitlines()[-1].endswith("('ACME_TELEMETRY', 'it''s ‘‘so’’ $HOME', 'Machine')")

    def test_powershell_undo_sets_nothing(self) -> None:
        text = files(VARIABLE)["telemetry-undo.ps1"].decode("utf-8-sig")

        assert text.endswith("[Environment]::SetEnvironmentVariable('ACME_TELEMETRY', $null, 'Machine')\r\n")

    def test_it_refuses_a_name_that_is_none(self) -> None:
        with self.assertRaises(SettingsError):
            files({**VARIABLE, "name": "A=1; rm"})

    def test_values_stand_in_the_comments_as_typed(self) -> None:
        made = files(VARIABLE, details=[("Organisation", name) for name in AS_TYPED])

        for name in AS_TYPED:
            assert f"# Organisation: {name}" in made["telemetry.sh"].decode()
            assert f"# Organisation: {name}" in made["telemetry.ps1"].decode("utf-8-sig")

    @settings(max_examples=60, deadline=None)
    @given(ONE_LINE, ONE_LINE)
    def test_no_value_breaks_out_of_its_comment(self, label: str, detail: str) -> None:
        made = files(VARIABLE, details=[(label, detail)])
        plain = files(VARIABLE, details=[])

        assert run(made["telemetry.sh"].decode() + "echo $ACME_TELEMETRY") == "0\n"
        for name, content in made.items():
            if name != "instructions.txt":
                assert _code(content) == _code(plain[name])


def _code(content: bytes) -> list[str]:
    return [line for line in content.decode("utf-8-sig").splitlines() if not line.startswith("#")]


class AwsTests(SimpleTestCase):
    def made(self, **changes: Any) -> dict[str, bytes]:
        return {file.name: file.content for file in catalogue_files(AWS, **changes)}

    def test_the_documents_are_the_vendors_in_exact_case(self) -> None:
        made = self.made()

        assert json.loads(made["policy.json"]) == {"services": {"default": {"opt_out_policy": {"@@assign": "optOut"}}}}
        restricted = json.loads(made["policy-restricted.json"])
        assert restricted["services"]["@@operators_allowed_for_child_policies"] == ["@@none"]
        assert restricted["services"]["default"]["opt_out_policy"]["@@assign"] == "optOut"

    def test_the_commands_get_each_value_as_one_argument(self) -> None:
        for name in (*AS_TYPED, "<root-id>", "-- --description x"):
            with self.subTest(name):
                placeholders = {"<root-id>": "r-ab12", "<name>": name}
                enable, create = aws_calls(self.made(placeholders=placeholders)["commands.sh"])
                assert enable[-2:] == ["--root-id", "r-ab12"]
                assert create[create.index("--name") + 1] == name
                assert create[-2:] == ["--description", "Switch telemetry off"]

    def test_the_instructions_attach_verify_and_detach(self) -> None:
        text = self.made()["instructions.txt"].decode()

        assert "attach-policy --policy-id POLICY_ID --target-id r-ab12" in text
        assert "describe-effective-policy --policy-type AISERVICES_OPT_OUT_POLICY" in text
        assert "detach-policy" in text
        assert "variant that stops children from overriding" in text

    def test_a_placeholder_without_a_value_is_named(self) -> None:
        with self.assertRaisesMessage(SettingsError, "<name>"):
            self.made(placeholders={"<root-id>": "r-ab12"})

    def test_a_further_variant_has_a_name_of_its_own(self) -> None:
        policy = {"kind": "aws_organizations_policy", "type": "T", "document": {}}

        assert [*files(policy, policy)][:2] == ["policy.json", "policy-2.json"]


class QuotingTests(SimpleTestCase):
    @settings(max_examples=60, deadline=None)
    @given(ARGUMENT)
    def test_a_shell_gets_the_value_wherever_it_stands(self, value: str) -> None:
        templates = {"<v>": "{}", "'<v>'": "{}", '"<v>"': "{}", '"a <v> b"': "a {} b", r"\'<v>": "'{}"}
        for template, printed in templates.items():
            command = fill(f"printf %s {template}", {"<v>": value}, SHELL)
            assert run(command) == printed.replace("{}", value)

    def test_values_are_not_read_again(self) -> None:
        assert fill("x <a> <b>", {"<a>": "<b>", "<b>": "2"}, SHELL) == "x '<b>' 2"

    def test_powershell_escapes_for_where_the_value_stands(self) -> None:
        value = "it's `$(x)` “so”"

        assert fill("Set <v>", {"<v>": value}, POWERSHELL) == "Set 'it''s `$(x)` “so”'"
        assert fill("Set 'a <v>'", {"<v>": value}, POWERSHELL) == "Set 'a it''s `$(x)` “so”'"
        assert fill('Set "a <v>"', {"<v>": value}, POWERSHELL) == 'Set "a it\'s ```$(x)`` `“so`”"'

    def test_sql_doubles_the_quote_that_is_open(self) -> None:
        assert fill("SET x = '<v>'", {"<v>": "O'Neil"}, SQL) == "SET x = 'O''Neil'"
        assert fill('ALTER ACCOUNT "<v>"', {"<v>": 'a"b'}, SQL) == 'ALTER ACCOUNT "a""b"'
        assert fill("ALTER ACCOUNT <v>", {"<v>": "ACME_1"}, SQL) == "ALTER ACCOUNT ACME_1"

    def test_sql_refuses_what_no_quoting_makes_safe(self) -> None:
        for template, value in (("<v>", "a b"), ("<v>", "x--y"), ("'<v>'", "\\"), ("<v>", "1;DROP")):
            with self.subTest(value), self.assertRaises(SettingsError):
                fill(template, {"<v>": value}, SQL)

    def test_a_quote_that_stays_open_is_an_error(self) -> None:
        with self.assertRaises(SettingsError):
            fill("echo 'a", {}, SHELL)


class ScriptTests(SimpleTestCase):
    def test_sql_statements_end_in_a_semicolon(self) -> None:
        made = files({"kind": "sql", "command": "ALTER ACCOUNT SET AI = '<v>';"}, placeholders={"<v>": "off"})

        assert made["telemetry.sql"].decode().endswith("\n\nALTER ACCOUNT SET AI = 'off';\n")

    def test_a_note_stands_in_the_script(self) -> None:
        made = files({"kind": "shell", "command": "acme telemetry off", "note": "needs\nversion 2"})

        assert "# Note in the catalogue: needs version 2\n" in made["telemetry-commands.sh"].decode()
        assert "needs version 2" in made["instructions.txt"].decode()

    def test_a_shell_script_runs(self) -> None:
        made = files({"kind": "shell", "command": "echo <v>"}, placeholders={"<v>": "$HOME 'x'"})

        assert run(made["telemetry-commands.sh"].decode()) == "$HOME 'x'\n"

    def test_powershell_commands_have_windows_line_ends(self) -> None:
        made = files({"kind": "powershell", "command": "Set-A\nSet-B"})["telemetry-commands.ps1"]

        assert made.decode("utf-8-sig").endswith("\r\n\r\nSet-A\r\nSet-B\r\n")


class DocumentTests(SimpleTestCase):
    def test_parameters_and_properties_are_json(self) -> None:
        made = files(
            {"kind": "api_parameter", "name": "data_collection", "data": "deny"},
            {"kind": "api_property", "name": "learning_opt_out", "type": "boolean", "data": True},
        )

        assert json.loads(made["telemetry-parameters.json"]) == {"data_collection": "deny"}
        assert json.loads(made["telemetry-properties.json"]) == {"learning_opt_out": True}

    def test_json_policies_keep_their_name_and_case(self) -> None:
        made = files(
            {"kind": "json_policy", "document": {"Key": ["é"]}, "file_name": "managed.json"},
            {"kind": "json_policy", "document": []},
        )

        assert json.loads(made["managed.json"]) == {"Key": ["é"]}
        assert json.loads(made["telemetry-2.json"]) == []

    def test_two_files_of_one_name_are_refused(self) -> None:
        policy = {"kind": "json_policy", "document": {}, "file_name": "managed.json"}
        with self.assertRaises(SettingsError):
            files(policy, policy)

    def test_snippets_are_left_as_they_are(self) -> None:
        text = 'client = Acme(train=False)  # {{ x }} <v> "$&"\n'
        made = files({"kind": "snippet", "label": "Python client", "language": "python", "text": text})

        assert made["telemetry-python-client.py"].decode() == text

    def test_the_oma_uri_is_marked_as_derived(self) -> None:
        made = catalogue_files("microsoft/windows-diagnostic-data")
        text = made[0].content.decode()

        assert made[0].name == "windows-diagnostic-data-oma-uri.txt"
        assert "OMA-URI: ./Device/Vendor/MSFT/Policy/Config/System/AllowTelemetry\n" in text
        assert "Data type: integer\nValue: 0 (off (Enterprise, Education, Server only))\n" in text
        assert re.search("put together by Optout", text)

    def test_cloud_policies_are_listed_with_their_value(self) -> None:
        made = catalogue_files("microsoft/office-optional-experiences-cloud-policy", include_optional=True)

        assert made[0].content.decode().count("Value: Disabled") == 4
        assert "also ends coauthoring and online storage" in made[0].content.decode()
