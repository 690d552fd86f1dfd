from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.drafting.settings_files import SettingsError
from tests.drafting.registry_reader import imported, text_of
from tests.drafting.settings_requests import AS_TYPED, catalogue_files, files

OFFICE = "microsoft/office-optional-experiences"
PRIVACY = r"HKEY_CURRENT_USER\Software\Policies\Microsoft\office\16.0\common\privacy"
TELEMETRY = r"HKEY_CURRENT_USER\Software\Policies\Microsoft\office\common\clienttelemetry"
KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Acme\Suite"
SEPARATORS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\ud800\ufffe"

ONE_LINE = st.text(st.one_of(st.characters(exclude_characters="\r\n\0"), st.sampled_from(SEPARATORS + '\\";[]=-@')))


def value(**changes: object) -> dict[str, object]:
    return {"kind": "registry", "path": KEY, "value_name": "Mode", "type": "REG_DWORD", "data": 2, **changes}


def imported_value(**changes: object) -> str:
    (values,) = imported(files(value(**changes))["telemetry.reg"]).values()
    (exported,) = values.values()
    return exported


class OfficeTests(SimpleTestCase):
    def test_a_registry_reads_2_for_every_privacy_value(self) -> None:
        values = imported(catalogue_files(OFFICE)[0].content)

        assert values[PRIVACY] == {
            "controllerconnectedservicesenabled": "dword:00000002",
            "usercontentdisabled": "dword:00000002",
            "downloadcontentdisabled": "dword:00000002",
        }
        assert values[TELEMETRY] == {"sendtelemetry": "dword:00000003"}

    def test_optional_values_are_set_when_asked_for(self) -> None:
        values = imported(catalogue_files(OFFICE, include_optional=True)[0].content)

        assert values[PRIVACY]["disconnectedstate"] == "dword:00000002"

    def test_optional_values_otherwise_stand_as_comments(self) -> None:
        text = catalogue_files(OFFICE)[0].content.decode("utf-16")

        assert '; "disconnectedstate"=dword:00000002\r\n' in text

    def test_an_optional_value_is_set_once_its_semicolons_are_gone(self) -> None:
        text = catalogue_files(OFFICE)[0].content.decode("utf-16")
        text = text.replace("; [HKEY", "[HKEY").replace('; "', '"')

        assert imported(text.encode("utf-16"))[PRIVACY]["disconnectedstate"] == "dword:00000002"

    def test_the_undo_file_takes_every_value_out(self) -> None:
        setting, undo, _ = catalogue_files(OFFICE, include_optional=True)

        assert imported(setting.content, undo.content) == {}

    def test_the_file_is_what_registry_editor_writes(self) -> None:
        content = catalogue_files(OFFICE)[0].content

        assert content.startswith(b"\xff\xfe")
        text = content[2:].decode("utf-16-le")
        assert text.startswith("Windows Registry Editor Version 5.00\r\n\r\n")
        assert text.count("\n") == text.count("\r\n")

    def test_the_trap_of_the_names_is_told_in_the_file_and_in_the_instructions(self) -> None:
        for file in (catalogue_files(OFFICE)[0].content.decode("utf-16"), catalogue_files(OFFICE)[-1].content.decode()):
            assert file.count("2 means off, although the name ends in “disabled”") == 2
            assert "name suggests the opposite" in file
            assert "Values: 1 = enabled; 2 = disabled" in file

    def test_a_path_that_no_vendor_text_gives_is_marked(self) -> None:
        made = catalogue_files("microsoft/windows-diagnostic-data")

        assert "registry path seen only in third-party scripts" in made[1].content.decode("utf-16")
        assert "registry path seen only in third-party scripts" in made[-1].content.decode()


class ValueTests(SimpleTestCase):
    def test_every_type_reads_back(self) -> None:
        assert imported_value(data=0xFFFFFFFF) == "dword:ffffffff"
        assert imported_value(type="REG_QWORD", data=2**40) == "hex(b):00,00,00,00,00,01,00,00"
        assert text_of(imported_value(type="REG_SZ", data="plain")) == "plain"
        assert imported_value(type="REG_EXPAND_SZ", data="%TEMP%").startswith("hex(2):")
        assert text_of(imported_value(type="REG_EXPAND_SZ", data=r"%SystemRoot%\Acme\a-long-folder-name")) == (
            r"%SystemRoot%\Acme\a-long-folder-name"
        )
        assert imported_value(type="REG_MULTI_SZ", data=["a", "b"]).startswith("hex(7):")
        assert text_of(imported_value(type="REG_MULTI_SZ", data=["ab", "cd"])) == "ab\0cd\0"

    def test_texts_come_out_as_typed(self) -> None:
        for text in AS_TYPED:
            with self.subTest(text):
                assert text_of(imported_value(type="REG_SZ", data=text)) == text

    def test_names_with_quotes_and_backslashes_are_escaped(self) -> None:
        (values,) = imported(files(value(value_name=r'a "quoted" \ name'))["telemetry.reg"]).values()

        assert list(values) == [r"a \"quoted\" \\ name"]

    def test_it_refuses_data_that_does_not_fit_the_type(self) -> None:
        wrong: list[tuple[str, object]] = [
            ("REG_DWORD", "2"),
            ("REG_DWORD", True),
            ("REG_DWORD", -1),
            ("REG_DWORD", 2**32),
            ("REG_QWORD", 2**64),
            ("REG_SZ", 2),
            ("REG_SZ", "two\r\nlines"),
            ("REG_EXPAND_SZ", ["a"]),
            ("REG_MULTI_SZ", "a"),
        ]
        for kind, data in wrong:
            with self.subTest(kind=kind, data=data), self.assertRaises(SettingsError):
                files(value(type=kind, data=data))

    def test_it_refuses_a_path_of_two_lines(self) -> None:
        with self.assertRaises(SettingsError):
            files(value(path=KEY + "]\r\n[" + KEY))


class CommentTests(SimpleTestCase):
    def test_values_stand_in_the_comment_as_typed(self) -> None:
        text = files(value(), details=[("Organisation", name) for name in AS_TYPED])["telemetry.reg"].decode("utf-16")

        for name in AS_TYPED:
            assert f"; Organisation: {name}" in text

    def test_nor_out_of_the_comment_of_the_undo_file(self) -> None:
        made = files(value(), details=[("Organisation", name) for name in AS_TYPED])

        assert imported(made["telemetry.reg"], made["telemetry-undo.reg"]) == {}

    @settings(max_examples=40, deadline=None)
    @given(ONE_LINE, ONE_LINE)
    def test_no_value_breaks_out_of_its_comment(self, label: str, detail: str) -> None:
        made = files(value(), details=[(label, detail)])

        assert imported(made["telemetry.reg"]) == {KEY: {"Mode": "dword:00000002"}}

    @settings(deadline=None)
    @given(ONE_LINE, ONE_LINE)
    def test_no_value_starts_a_line_for_any_reader_of_lines(self, label: str, detail: str) -> None:
        plain = files(value(), details=[])["telemetry.reg"].decode("utf-16")
        text = files(value(), details=[(label, detail)])["telemetry.reg"].decode("utf-16")

        assert _without_comments(text) == _without_comments(plain)


def _without_comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith(";")]
