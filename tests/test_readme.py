"""What the README shows is what comes out."""

import os
import re
import subprocess
from itertools import pairwise

from django.conf import settings
from django.test import SimpleTestCase

README = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:sh|text)\n(.*?)```", README, re.DOTALL)


class ReadmeTests(SimpleTestCase):
    def test_each_drafted_text_is_the_one_shown(self) -> None:
        sender = BLOCKS[0]
        drafts = [(block, after) for block, after in pairwise(BLOCKS) if "--format text" in block]
        assert len(drafts) == 2
        for command, shown in drafts:
            assert self.bash(sender + command) == shown

    def bash(self, script: str) -> str:
        """Return what the script prints."""
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=settings.BASE_DIR,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_every_setting_is_in_its_table(self) -> None:
        read = re.findall(r'env\.\w+\("([A-Z_]+)"', (settings.BASE_DIR / "optout" / "settings.py").read_text())
        table = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
        assert set(read) == table
