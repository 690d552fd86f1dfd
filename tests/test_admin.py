"""The staff pages: what came in, to be looked at, and nobody else's business."""

from typing import Any

from requests_app.models import User
from tests.intake.mails import IntakeTestCase

LIST = "/staff/requests_app/inboundmail/"


class StaffPagesTests(IntakeTestCase):
    def setUp(self) -> None:
        self.row = self.take_in(to="someone@elsewhere.example", subject="Whose <b>mail</b>?")
        self.staff = User.objects.create_user("staff@example.org", "correct horse battery", is_staff=True)
        self.client.force_login(self.staff)

    def get(self, what: str = "") -> Any:
        return self.client.get(f"{LIST}{what}")

    def test_mail_of_nobody_is_listed_and_its_original_is_given_out(self) -> None:
        page = self.get("?organisation__isempty=1")
        self.assertContains(page, "Whose &lt;b&gt;mail&lt;/b&gt;?")
        one = self.get(f"{self.row.pk}/change/")
        self.assertContains(one, "Download the original")
        assert "<style" not in page.content.decode() + one.content.decode()
        original = self.get(f"{self.row.pk}/original/")
        assert original.content == bytes(self.row.raw)
        assert (original["Content-Type"], original["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
        assert self.get("999/original/").status_code == 404

    def test_nothing_is_changed_there(self) -> None:
        for what in ("add/", f"{self.row.pk}/delete/"):
            assert self.get(what).status_code == 403
        assert self.client.post(f"{LIST}{self.row.pk}/change/", {"state": "discarded"}).status_code == 403

    def test_an_owner_is_no_staff(self) -> None:
        for person in (self.owner, None):
            self.client.logout()
            if person:
                self.client.force_login(person)
            for what in ("", f"{self.row.pk}/change/", f"{self.row.pk}/original/"):
                assert self.get(what).status_code in (302, 403)
