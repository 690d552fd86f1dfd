"""German is complete: every text is translated, and what is compiled is what is written."""

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import SimpleTestCase

GERMAN = settings.BASE_DIR / "locale" / "de" / "LC_MESSAGES"
HOLES = re.compile(r"%\([a-z_]+\)s|%s|{[a-z_]*}")


def written(folder: Path) -> Catalog:
    return read_po(io.BytesIO((folder / "django.po").read_bytes()), locale="de")


def texts(string: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the one text, or the singular and the plural."""
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def key(message: Message) -> tuple[str, str]:
    """Return the text and its context, which babel's read_mo leaves as bytes."""
    context: object = message.context
    return texts(message.id)[0], context.decode() if isinstance(context, bytes) else str(context or "")


class GermanTests(SimpleTestCase):
    def test_every_text_of_the_code_and_the_templates_is_in_the_file(self) -> None:
        with TemporaryDirectory() as folder:
            for part in ("requests_app", "templates", "locale"):
                shutil.copytree(settings.BASE_DIR / part, Path(folder) / part)
            command = [sys.executable, "-m", "django", "makemessages", "-l", "de", "--no-obsolete", "--no-location"]
            environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
            subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
            found = {message.id for message in written(Path(folder) / "locale" / "de" / "LC_MESSAGES") if message.id}
        known = {message.id for message in written(GERMAN) if message.id}
        assert found - known == set(), "make messages, then translate"
        assert known - found == set(), "no longer used: make messages"

    def test_nothing_is_untranslated_or_uncertain(self) -> None:
        for message in written(GERMAN):
            if message.id:
                assert all(texts(message.string)), f"no German for {message.id!r}"
                assert not message.fuzzy, message.id

    def test_placeholders_are_kept(self) -> None:
        for message in written(GERMAN):
            if message.id and isinstance(message.id, str):
                assert sorted(HOLES.findall(message.id)) == sorted(HOLES.findall(str(message.string))), message.id

    def test_the_compiled_file_says_the_same(self) -> None:
        compiled = {key(message): message for message in read_mo(io.BytesIO((GERMAN / "django.mo").read_bytes()))}
        for message in written(GERMAN):
            if message.id:
                kept = compiled.get(key(message))
                assert kept, message.id
                assert texts(kept.string) == texts(message.string), message.id
