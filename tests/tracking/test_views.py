from tests.people import PeopleTestCase, new_person


class HomeTests(PeopleTestCase):
    def test_it_leads_to_the_organisation_of_whoever_is_signed_in(self) -> None:
        self.client.force_login(self.auditor)
        self.assertRedirects(self.client.get("/"), "/o/acme/")

    def test_it_asks_a_stranger_to_sign_in(self) -> None:
        self.assertRedirects(self.client.get("/"), "/accounts/login/?next=/")

    def test_it_tells_a_person_without_an_organisation_what_to_do(self) -> None:
        self.client.force_login(new_person("Nora"))
        self.assertContains(self.client.get("/"), "Ask an owner of your organisation")


class TodayTests(PeopleTestCase):
    def test_another_organisation_is_not_found(self) -> None:
        self.client.force_login(self.outsider)
        assert self.client.get("/o/acme/").status_code == 404
        assert self.client.get("/o/nobody/").status_code == 404
