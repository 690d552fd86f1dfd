from django.template.loader import render_to_string
from django.test import Client

from tests.people import PeopleTestCase


class ErrorPageTests(PeopleTestCase):
    def test_not_found_says_why_and_leads_on(self) -> None:
        self.client.force_login(self.outsider)
        self.assertContains(self.client.get("/o/acme/"), "There is no such page", status_code=404)

    def test_a_role_that_does_not_suffice_is_told_so(self) -> None:
        self.client.force_login(self.auditor)
        response = self.client.get("/o/acme/workspaces/new/")
        self.assertContains(response, "Your role does not allow this", status_code=403)

    def test_a_form_that_was_open_for_too_long_is_told_so(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        response = strict.post("/accounts/login/", {"login": "a@example.org", "password": "x"})
        self.assertContains(response, "open for too long", status_code=403)

    def test_the_page_of_a_failure_needs_nothing(self) -> None:
        assert "Something went wrong" in render_to_string("500.html")
