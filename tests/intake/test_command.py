import json
import os
import sqlite3

import pytest

from requests_app.intake.reading.caps import MOST_BYTES
from tests.intake.mails import intake_command, mail
from tests.processes import ProcessTestCase


@pytest.mark.own_database
class IntakeCommandTests(ProcessTestCase):
    def test_a_mail_from_a_pipe_is_stored_and_told_as_json(self) -> None:
        for _ in range(2):
            done = intake_command(self.environment, mail(), "-", "--json")
            assert done.returncode == 0, done.stderr
            answer = json.loads(done.stdout)
            assert (answer["state"], answer["reason"]) == ("held", "unknown_organisation")
        assert self.rows() == 1

    def test_a_file_is_taken_too(self) -> None:
        path = self.data_dir / "mail.eml"
        path.write_bytes(mail())
        done = self.manage("intake", str(path))
        assert done.returncode == 0, done.stderr
        assert "held" in done.stdout

    def test_what_cannot_be_taken_now_is_tried_again(self) -> None:
        with sqlite3.connect(self.data_dir / "optout.sqlite3") as database:
            database.execute("ALTER TABLE requests_app_inboundmail RENAME TO elsewhere")
        done = intake_command(self.environment, mail(), "--json")
        assert (done.returncode, done.stdout) == (75, b"")
        assert b"Try again later" in done.stderr
        database.close()

    def test_a_database_that_does_not_answer_is_a_temporary_failure(self) -> None:
        self.environment["DATABASE_URL"] = "postgres://nobody:secret@127.0.0.1:9/none"
        done = intake_command(self.environment, mail())
        assert done.returncode == 75
        assert b"secret" not in done.stderr + done.stdout

    def test_a_database_that_cannot_be_opened_is_a_temporary_failure(self) -> None:
        os.unlink(self.data_dir / "optout.sqlite3")
        os.mkdir(self.data_dir / "optout.sqlite3")
        assert intake_command(self.environment, mail()).returncode == 75

    def test_what_will_never_be_taken_is_said_so(self) -> None:
        assert intake_command(self.environment, b"x" * (MOST_BYTES + 1)).returncode == 65
        assert intake_command(self.environment, b"").returncode == 66
        assert self.manage("intake", str(self.data_dir / "none.eml")).returncode == 66
        assert self.rows() == 0

    def rows(self) -> int:
        with sqlite3.connect(self.data_dir / "optout.sqlite3") as database:
            count: int = database.execute("SELECT count(*) FROM requests_app_inboundmail").fetchone()[0]
        database.close()
        return count

    def test_many_files_and_an_mbox_are_taken_at_once(self) -> None:
        paths = [self.data_dir / f"{number}.eml" for number in range(3)]
        for number, path in enumerate(paths):
            path.write_bytes(mail(mail_id=f"<{number}@slack.com>"))
        box = self.data_dir / "box"
        box.write_bytes(b"From x\n" + mail(mail_id="<a@slack.com>") + b"\nFrom y\n" + mail(mail_id="<b@slack.com>"))
        done = self.manage("intake", "--json", "--mbox", str(box), *map(str, paths))
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert [one["message_id"] for one in answers] == [f"<{name}@slack.com>" for name in "012ab"]
        assert self.rows() == 5

    def test_one_that_cannot_be_read_holds_up_no_other(self) -> None:
        good = [self.data_dir / f"good{number}.eml" for number in range(2)]
        for number, path in enumerate(good):
            path.write_bytes(mail(mail_id=f"<{number}@slack.com>"))
        (self.data_dir / "empty.eml").write_bytes(b"")
        (self.data_dir / "large.eml").write_bytes(b"x" * (MOST_BYTES + 1))
        box = self.data_dir / "box"
        box.write_bytes(b"From x\n" + mail(mail_id="<a@slack.com>"))
        bad = [str(self.data_dir / name) for name in ("none.eml", "empty.eml", "large.eml")]
        boxes = ["--mbox", str(self.data_dir / "no-box"), "--mbox", str(box)]
        done = self.manage("intake", "--json", str(good[0]), *bad, str(good[1]), *boxes)
        assert done.returncode == 66
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert [one["message_id"] for one in answers] == [f"<{name}@slack.com>" for name in "01a"]
        for name in ("none.eml", "empty.eml", "large.eml", "no-box"):
            assert name in done.stderr
        assert "4 not taken" in done.stderr
        assert self.rows() == 3

    def test_an_mbox_that_is_not_there_is_said_so(self) -> None:
        done = self.manage("intake", "--mbox", str(self.data_dir / "nothing"))
        assert done.returncode == 66
