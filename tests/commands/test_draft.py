import json
import plistlib
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import skipUnless

from django.conf import settings
from django.test import SimpleTestCase

from tests.drafting.people import AWKWARD, SENDER

SLACK = {**SENDER, "workspace_url": "https://acme.slack.com"}
MICROSOFT = {"tenant_id": "11111111-2222-3333-4444-555555555555"}


def draft(*arguments: str, values: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    assignments = [f"--set={name}={value}" for name, value in (values or {}).items()]
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "draft", *arguments, *assignments]
    return subprocess.run(command, capture_output=True, check=False, timeout=60)


class DraftCommandTests(SimpleTestCase):
    def test_the_text_is_the_exact_email(self) -> None:
        result = draft("slack/global-models", values=SLACK)
        assert result.returncode == 0, result.stderr
        text = result.stdout.decode()
        assert text.startswith("To: feedback@slack.com\nSubject: Slack Global model opt-out request\n\n")
        assert "https://acme.slack.com" in text
        assert b"Who may submit: Org Owners" in result.stderr

    def test_it_names_every_field_to_mend_and_exits_2(self) -> None:
        result = draft("slack/global-models", values={"workspace_url": "acme", "colour": "red"})
        assert result.returncode == 2
        named = {line.split(":")[0] for line in result.stderr.decode().splitlines()}
        assert {"workspace_url", "colour", *SENDER} <= named
        assert result.stdout == b""

    def test_it_says_what_there_is_when_asked_for_what_is_not(self) -> None:
        for arguments, hint in (
            ((), "--list"),
            (("nobody/x",), "--list"),
            (("slack",), "slack has several procedures. Name one of: slack/global-models"),
            (("Slack/Nothing",), "slack/global-models"),
            (("--list", "nobody"), "--list"),
            (("slack/global-models", "--date", "31.12.2026"), "2026-03-31"),
            (("slack/global-models", "--date", "9999-12-31"), "2026-03-31"),
            (("slack/global-models", "--file", "x"), "--format settings"),
            (("slack/global-models", "--set", "=x"), "--set field=value"),
            (("slack/global-models", "--format", "settings"), "text, eml, pdf, json"),
            (("slack/global-models", "--ground", "gdpr"), "vendor_choice"),
            (("slack/global-models", "--set", "workspace_url"), "--set field=value"),
        ):
            with self.subTest(arguments=arguments):
                result = draft(*arguments, values=SLACK if "--ground" in arguments else None)
                assert result.returncode == 2
                assert hint in result.stderr.decode()

    def test_a_dash_means_standard_output(self) -> None:
        result = draft("Slack/Global-Models", "--out", "-", values=SLACK)
        assert result.stdout.startswith(b"To: feedback@slack.com")

    def test_it_tells_the_person_what_the_sources_say_beside_the_request(self) -> None:
        notes = draft("slack/global-models", values=SLACK).stderr.decode()
        assert "“Slack global model opt-out request”" in notes
        assert "Repeat it for every workspace" in notes
        assert "models specific to your own workspace continue" in notes

    def test_a_reader_that_leaves_ends_it_in_silence(self) -> None:
        for arguments in (["--list"], ["zoom/no-training-statement", "--set=account_number=123456789"]):
            arguments += [f"--set={name}={value}" for name, value in SENDER.items()]
            command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "draft", *arguments]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                assert process.stdout and process.stderr
                process.stdout.close()
                said = process.stderr.read()
            assert process.returncode == 141
            assert b"Traceback" not in said and b"BrokenPipe" not in said

    @skipUnless(Path("/dev/full").exists(), "Linux has /dev/full")
    def test_a_full_disk_is_a_sentence(self) -> None:
        assignments = [f"--set={name}={value}" for name, value in SLACK.items()]
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "draft", "slack/global-models", *assignments]
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
        assert result.returncode == 1
        assert b"Cannot write to standard output: No space left" in result.stderr
        assert b"Traceback" not in result.stderr

    def test_the_list_shows_channel_and_fields(self) -> None:
        text = draft("--list").stdout.decode()
        assert "slack/global-models  (email)" in text
        assert "fields: workspace_url" in text
        listed = json.loads(draft("--list", "--format", "json").stdout)
        assert len(listed) >= 88
        assert (
            "workspace_url" in next(entry for entry in listed if entry["procedure"] == "slack/global-models")["fields"]
        )

    def test_a_registry_file_arrives_byte_for_byte(self) -> None:
        result = draft("microsoft/office-optional-experiences", "--format", "settings", values=MICROSOFT)
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith(b"\xff\xfe")
        text = result.stdout.decode("utf-16")
        assert text.startswith("Windows Registry Editor Version 5.00\r\n")
        assert '"controllerconnectedservicesenabled"=dword:00000002' in text

    def test_of_several_settings_files_one_is_chosen_by_name(self) -> None:
        arguments = ("microsoft/office-optional-experiences", "--format", "settings")
        instructions = draft(*arguments, "--file", "instructions.txt", values=MICROSOFT)
        assert instructions.returncode == 0, instructions.stderr
        assert "controllerconnectedservicesenabled" in instructions.stdout.decode()
        wrong = draft(*arguments, "--file", "x", values=MICROSOFT)
        assert wrong.returncode == 2 and b"instructions.txt" in wrong.stderr

    def test_a_profile_is_read_by_plistlib(self) -> None:
        name = "microsoft/office-optional-experiences-mac"
        listed = json.loads(draft(name, "--list", "--format", "json").stdout)[0]
        values = {**SENDER, **dict.fromkeys(listed["fields"], "All managed devices")}
        profile = plistlib.loads(draft(name, "--format", "settings", values=values).stdout)
        assert profile["PayloadOrganization"] == "Example GmbH"
        assert profile["PayloadContent"][0]["OptionalConnectedExperiencesPreference"] is False

    def test_out_writes_a_pdf(self) -> None:
        with TemporaryDirectory() as folder:
            target = Path(folder) / "letter.pdf"
            values = {**SENDER, "account_number": "123456789"}
            result = draft("zoom/no-training-statement", "--format", "pdf", "--out", str(target), values=values)
            assert result.returncode == 0, result.stderr
            assert target.read_bytes().startswith(b"%PDF-")
            nowhere = draft("zoom/no-training-statement", "--out", f"{folder}/no/file", values=values)
        assert nowhere.returncode == 1 and b"No such file" in nowhere.stderr

    def test_a_character_that_no_font_has_is_named_and_exits_2(self) -> None:
        values = {**SENDER, "account_number": "123456789", "organisation_name": "例 GmbH"}
        result = draft("zoom/no-training-statement", "--format", "pdf", values=values)
        assert result.returncode == 2
        assert "organisation_name: No font of the letter has these characters: '例'" in result.stderr.decode()

    def test_awkward_names_come_out_as_typed(self) -> None:
        for value in AWKWARD[:4]:
            with self.subTest(value=value):
                text = draft("slack/global-models", values={**SLACK, "organisation_name": value}).stdout.decode()
                assert f"on behalf of {value}" in text

    def test_it_needs_no_database(self) -> None:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "draft", "--list"]
        with TemporaryDirectory() as folder:
            environment = {"DATA_DIR": folder, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
            result = subprocess.run(command, capture_output=True, check=False, timeout=60, env=environment)
        assert result.returncode == 0, result.stderr
