"""The list of mail that waits, the page of one, and what its buttons do."""

from typing import Any
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests_app.intake import filing, listing
from requests_app.intake.reading.client import MailBroken
from requests_app.intake.triage import discard_mail, mark_of
from requests_app.models import InboundMail, OptOutRequest, Organisation
from tests.intake.mails import GENUINE, IntakeTestCase
from tests.intake.test_kinds import dsn

TRUSTED = (f"Authentication-Results: {GENUINE}",)


class TriagePagesTestCase(IntakeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def held(self, **parts: Any) -> InboundMail:
        return self.take_in(sender="Support <help@mail.slack.com>", **parts)

    def show(self, tab: str = "") -> str:
        return self.client.get("/o/acme/triage/", {"show": tab} if tab else {}).content.decode()

    def page(self, row: InboundMail, query: str = "") -> Any:
        return self.client.get(f"/o/acme/triage/{row.pk}/{query}")

    def act(self, row: InboundMail, what: str, **data: Any) -> Any:
        return self.client.post(f"/o/acme/triage/{row.pk}/{what}", {"mark": mark_of(row), **data})

    def now(self, row: InboundMail) -> InboundMail:
        return InboundMail.objects.get(pk=row.pk)


class ListTests(TriagePagesTestCase):
    def test_an_empty_page_names_the_next_step(self) -> None:
        page = self.show()
        assert "No mail waits" in page
        assert "/o/acme/triage/upload/" in page
        assert "No mail of this kind" in self.show("bounced")
        assert "No mail waits" in self.show("nonsense")

    def test_each_kind_stands_in_its_tab_with_who_what_and_why(self) -> None:
        self.held(subject="About held")
        self.take_in(to=self.address, subject="About uncertain", mail_id="<2@x>")
        text = "Please send a letter of authorization."
        self.take_in(to=self.address, subject="About proof", text=text, mail_id="<3@x>", headers=TRUSTED)
        self.take_in(to=self.address, subject="About thanks", text="Thanks", mail_id="<4@x>", headers=TRUSTED)
        self.take_in(dsn(token=self.sent.reply_token or ""))
        with mock.patch.object(filing, "read_mail", side_effect=MailBroken("odd")):
            self.take_in(to=self.address, mail_id="<5@x>")
        discard_mail(self.by(), self.held(subject="About nothing", mail_id="<6@x>"), "Advertising")
        for tab, words in {
            "held": ("About held", "help@mail.slack.com", "names no request", self.sent.reference, "Suggested:"),
            "uncertain": ("About uncertain", "nothing proves that the vendor sent it", "Filed in:"),
            "proof": ("About proof", "ask for proof"),
            "bounced": ("did not reach its recipient",),
            "reply": ("About thanks", "new reply"),
            "unread": ("Could not be read", "It is broken"),
            "discarded": ("About nothing", "Advertising"),
        }.items():
            with self.subTest(tab):
                page = self.show(tab)
                assert [word for word in words if word not in page.replace("Support", "help@mail.slack.com")] == []
                assert page.count("Open the mail") == 1
        assert self.show().count("Open the mail") == 6
        assert "About nothing" not in self.show()

    def test_the_menu_and_todays_page_count_what_waits(self) -> None:
        assert 'hidden">waiting' not in self.show()
        self.held()
        assert '1 <span class="visually-hidden">waiting' in self.show()
        self.assertContains(self.client.get("/o/acme/"), "All replies")

    def test_beyond_99_the_menu_does_not_count(self) -> None:
        row = self.held()
        rows = [self.copy(row, number) for number in range(100)]
        InboundMail.objects.bulk_create(rows)
        assert '99+ <span class="visually-hidden">waiting' in self.show()

    def copy(self, row: InboundMail, number: int) -> InboundMail:
        copied = self.now(row)
        copied.pk, copied.key = None, f"copy:{number}"
        return copied

    def test_fifty_stand_on_a_page_in_as_many_queries_as_one(self) -> None:
        row = self.held()
        self.show()
        numbers = []
        for turn in range(2):
            with CaptureQueriesContext(connection) as queries:
                assert self.show().count("Open the mail") == (1, 50)[turn]
            numbers.append(len(queries))
            InboundMail.objects.bulk_create(self.copy(row, turn * 60 + number) for number in range(60))
        assert numbers[0] == numbers[1] <= 15
        assert "Page 1 of 3" in self.show()

    def test_what_came_twice_is_not_there_twice(self) -> None:
        self.held()
        self.held(headers=("Received: from elsewhere",))
        assert self.show().count("Open the mail") == 1

    def test_an_auditor_reads_and_an_outsider_finds_nothing(self) -> None:
        row = self.held()
        self.client.force_login(self.auditor)
        assert "Re: Opt-out" in self.show()
        assert "upload/" not in self.show()
        page = self.page(row).content.decode()
        assert "<form" not in page.split('id="main"')[1].split("</main>")[0]
        assert self.client.get(f"/o/acme/triage/{row.pk}/original/").status_code == 200
        self.client.force_login(self.outsider)
        for path in ("", f"{row.pk}/", f"{row.pk}/original/"):
            assert self.client.get(f"/o/acme/triage/{path}").status_code == 404
        assert self.client.get(f"/o/other/triage/{row.pk}/").status_code == 404


class NobodysMailTests(TriagePagesTestCase):
    def nobodys(self) -> InboundMail:
        row = self.take_in(to="someone@elsewhere.example")
        assert row.organisation is None
        return row

    def test_the_owner_of_the_only_organisation_sees_and_files_it(self) -> None:
        row = self.nobodys()
        self.client.force_login(self.owner)
        assert self.page(row).status_code == 404
        assert "Not attributable" not in self.show()
        self.other.memberships.all().delete()
        Organisation.objects.filter(pk=self.other.pk).delete()
        assert "Nothing in it says whose mail it is." in self.show("nobody")
        assert self.page(row).status_code == 200
        self.act(row, "move/", request=self.sent.pk)
        assert (self.now(row).organisation, self.now(row).request) == (self.acme, self.sent)

    def test_nobody_else_sees_it(self) -> None:
        row = self.nobodys()
        self.other.memberships.all().delete()
        Organisation.objects.filter(pk=self.other.pk).delete()
        assert self.page(row).status_code == 404
        assert "Open the mail" not in self.show("nobody")


class MailPageTests(TriagePagesTestCase):
    def test_it_shows_what_the_mail_says_with_what_it_quotes_folded(self) -> None:
        row = self.held(text="<b>It is done</b>.\n\n> please", headers=TRUSTED)
        page = self.page(row)
        for words in (
            "&lt;b&gt;It is done&lt;/b&gt;",
            "Show the quoted text",
            "SPF: pass",
            "Confirm and file it there",
        ):
            self.assertContains(page, words)
        self.assertContains(page, 'data-key="c"')

    def test_the_original_is_a_download_whatever_became_of_the_mail(self) -> None:
        with mock.patch.object(filing, "read_mail", side_effect=MailBroken("odd")):
            failed = self.take_in(to=self.address)
        self.assertContains(self.page(failed), "It was not read.")
        large = self.held(mail_id="<2@x>")
        for row in (failed, large, discard_mail(self.by(), self.held(mail_id="<3@x>"), "x")):
            response = self.client.get(f"/o/acme/triage/{row.pk}/original/")
            assert response.content == bytes(self.now(row).raw)
            assert response["Content-Type"] == "application/octet-stream"
            assert response["X-Content-Type-Options"] == "nosniff"
            assert response["Content-Disposition"].startswith(f'attachment; filename="mail-{row.pk}.eml"')

    def test_requests_are_found_by_reference_vendor_and_workspace(self) -> None:
        row = self.held()
        for words in (self.sent.reference, self.sent.reference[-3:], "slack", "main", ""):
            self.assertContains(self.page(row, f"?q={words}"), f'id="request-{self.sent.pk}"')
        for words in ("nothing", "100%25", "'", "OPT-%5F"):
            self.assertContains(self.page(row, f"?q={words}"), "No request fits")

    def test_another_organisations_requests_are_not_offered(self) -> None:
        OptOutRequest.objects.filter(pk=self.sent.pk).update(organisation=self.other)
        self.assertNotContains(self.page(self.take_in(sender="x@y.example"), "?q=slack"), 'name="request"')

    def test_more_requests_take_no_more_queries(self) -> None:
        row = self.held()
        self.page(row)
        numbers = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                self.page(row)
            numbers.append(len(queries))
            for _number in range(5):
                self.send()
        assert numbers[0] == numbers[1] <= 12


class ActTests(TriagePagesTestCase):
    def test_one_click_confirms(self) -> None:
        row = self.held()
        self.assertRedirects(self.act(row, "confirm/"), "/o/acme/triage/")
        assert self.now(row).request == self.sent
        done = self.held(mail_id="<2@x>", text="Your opt-out has been completed.")
        self.assertRedirects(
            self.act(done, "confirm/"), f"/o/acme/requests/{self.sent.pk}/", fetch_redirect_response=False
        )

    def test_the_chosen_request_takes_it(self) -> None:
        other, row = self.send(), self.held()
        self.assertRedirects(self.act(row, "move/", request=other.pk), "/o/acme/triage/")
        assert self.now(row).request == other

    def test_no_choice_and_a_made_up_one_are_told(self) -> None:
        row = self.held()
        for chosen in ("", "x", "0", "9" * 30, "9" * 5000):
            self.assertRedirects(self.act(row, "move/", request=chosen), f"/o/acme/triage/{row.pk}/")
        assert self.act(row, "move/", request=self.sent.pk + 999).status_code == 404
        assert self.now(row).state == "held"

    def test_a_new_request_is_made_of_it(self) -> None:
        row = self.held()
        self.assertContains(self.client.get(f"/o/acme/triage/{row.pk}/new/"), "Show its opt-outs")
        chosen = self.client.get(f"/o/acme/triage/{row.pk}/new/?workspace={self.workspace.pk}")
        self.assertContains(chosen, f'id="procedure-{self.procedure.pk}"')
        path = f"new/?workspace={self.workspace.pk}"
        response = self.act(row, path, procedure=self.procedure.pk)
        made = self.now(row).request
        assert made
        self.assertRedirects(response, f"/o/acme/requests/{made.pk}/", fetch_redirect_response=False)
        self.assertContains(self.client.get(f"/o/acme/requests/{made.pk}/"), f"reply-{row.pk}.eml")
        assert made.status == "draft"

    def test_a_new_request_of_nothing_is_told(self) -> None:
        row = self.held()
        for path in ("new/", "new/?workspace=0", "new/?workspace=x", f"new/?workspace={self.workspace.pk}"):
            assert self.act(row, path, procedure="x").status_code == 422
        assert OptOutRequest.objects.count() == 1

    def test_it_is_discarded_for_a_reason_and_taken_back(self) -> None:
        row = self.held()
        self.assertContains(self.act(row, "discard/", reason=" "), "This field is required", status_code=422)
        self.assertContains(self.act(row, "discard/", reason="x" * 301), "x" * 301, status_code=422)
        self.assertRedirects(self.act(row, "discard/", reason="Advertising"), "/o/acme/triage/")
        row = self.now(row)
        self.assertContains(self.page(row), "It was discarded: Advertising")
        self.assertRedirects(self.act(row, "take-back/"), f"/o/acme/triage/{row.pk}/")
        assert self.now(row).state == "held"

    def test_nothing_to_do_is_said(self) -> None:
        row = self.take_in(to=self.address, text="Thanks", headers=TRUSTED)
        self.assertContains(self.page(row), "Seen, nothing to do")
        self.assertRedirects(self.act(row, "seen/"), "/o/acme/triage/")
        assert self.now(row).waits == ""

    def test_the_slower_of_two_people_is_told(self) -> None:
        row = self.held()
        self.act(row, "confirm/")
        for what, data in (
            ("confirm/", {}),
            ("move/", {"request": self.sent.pk}),
            ("discard/", {"reason": "x"}),
            ("seen/", {}),
            ("take-back/", {}),
            (f"new/?workspace={self.workspace.pk}", {"procedure": self.procedure.pk}),
        ):
            with self.subTest(what):
                response = self.client.post(f"/o/acme/triage/{row.pk}/{what}", {"mark": mark_of(row), **data})
                self.assertRedirects(response, f"/o/acme/triage/{row.pk}/", fetch_redirect_response=False)
                self.assertContains(self.page(row), "Somebody has decided about this mail meanwhile")
        assert (self.now(row).state, OptOutRequest.objects.count()) == ("matched", 1)

    def test_an_auditor_decides_nothing_and_an_outsider_finds_nothing(self) -> None:
        row = self.held()
        for person, status in ((self.auditor, 403), (self.outsider, 404)):
            self.client.force_login(person)
            for what in ("confirm/", "move/", "discard/", "take-back/", "seen/", "new/"):
                assert self.act(row, what, reason="x", request=self.sent.pk).status_code == status
        assert self.now(row).state == "held"


class SeveralTabsTests(TriagePagesTestCase):
    def test_each_tab_has_a_label_and_counts_what_it_shows(self) -> None:
        self.held()
        tabs = {tab.name: tab for tab in listing.tabs_of(self.by(), "held")}
        assert (tabs["waiting"].count, tabs["held"].count, tabs["bounced"].count) == (1, 1, 0)
        assert (tabs["held"].is_chosen, tabs["discarded"].count, "nobody" in tabs) == (True, None, False)
