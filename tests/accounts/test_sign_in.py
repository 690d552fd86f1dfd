"""Signing in: by password, with a second step, with limits, and without telling who has an account."""

import re
from unittest import mock

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings

from requests_app.models import User
from tests.accounts.signing_in import PASSWORD, AccountsTestCase, sign_in, totp


def without_tokens(page: bytes) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken)[^>]*>', "", page.decode())


class PasswordTests(AccountsTestCase):
    def test_it_leads_home_in_a_new_session(self) -> None:
        self.client.get("/accounts/login/")
        session = self.client.session
        session["kept"] = 1
        session.save()
        before = session.session_key
        assert sign_in(self.client, self.owner.email)["Location"] == "/"
        assert self.client.session.session_key != before
        assert self.client.session[SESSION_KEY] == str(self.owner.pk)

    def test_the_address_may_be_capitalised(self) -> None:
        assert sign_in(self.client, self.owner.email.upper()).status_code == 302

    def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(self) -> None:
        known = sign_in(self.client, self.owner.email, "wrong wrong wrong").content
        unknown = sign_in(self.client, "nobody@example.org", "wrong wrong wrong").content
        assert without_tokens(known).replace(self.owner.email, "") == without_tokens(unknown).replace(
            "nobody@example.org", ""
        )

    def test_an_unknown_address_costs_as_much_hashing_as_a_known_one(self) -> None:
        for email in (self.owner.email, "nobody@example.org"):
            with mock.patch.object(
                MD5PasswordHasher, "encode", autospec=True, side_effect=MD5PasswordHasher.encode
            ) as h:
                sign_in(self.client, email, "wrong wrong wrong")
            assert h.call_count == 1, email

    def test_the_sixth_attempt_in_five_minutes_is_refused_for_known_and_unknown_alike(self) -> None:
        for email in (self.owner.email, "nobody@example.org"):
            for _ in range(5):
                sign_in(self.client, email, "wrong wrong wrong")
            response = sign_in(self.client, email)
            self.assertContains(response, "Too many failed login attempts")
            assert SESSION_KEY not in self.client.session

    def test_many_attempts_from_one_address_are_refused(self) -> None:
        statuses = [sign_in(self.client, f"x{number}@example.org", "no").status_code for number in range(31)]
        assert statuses[0] == 200
        assert statuses[-1] == 429

    def test_nobody_else_can_sign_in_again_with_an_old_session(self) -> None:
        self.as_owner()
        new = "another long sentence"
        self.client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
        assert self.client.get("/me/").status_code == 302
        assert sign_in(self.client, self.owner.email, new).status_code == 302

    def test_it_signs_out_the_other_sessions(self) -> None:
        self.as_owner()
        other = self.client_class()
        sign_in(other, self.owner.email)
        assert other.get("/me/").status_code == 200
        self.assertContains(self.client.get("/accounts/sessions/"), "Sign out everywhere else")
        self.client.post("/accounts/sessions/")
        assert other.get("/me/").status_code == 302
        assert self.client.get("/me/").status_code == 200

    def test_each_field_says_what_a_browser_may_fill_in(self) -> None:
        page = self.client.get("/accounts/login/").content.decode()
        assert 'autocomplete="username"' in page
        assert 'autocomplete="current-password"' in page


class SecondStepTests(AccountsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.secret = generate_totp_secret()
        TOTP.activate(self.owner, self.secret)
        self.codes = RecoveryCodes.activate(self.owner).get_unused_codes()

    def second_step(self, code: str) -> int:
        assert sign_in(self.client, self.owner.email)["Location"] == "/accounts/2fa/authenticate/"
        assert SESSION_KEY not in self.client.session, "the password alone must not do"
        assert self.client.get("/me/").status_code == 302
        return int(self.client.post("/accounts/2fa/authenticate/", {"code": code}).status_code)

    def test_a_code_of_the_app_is_needed_and_enough(self) -> None:
        assert self.second_step("000000") == 200
        assert self.client.post("/accounts/2fa/authenticate/", {"code": totp(self.secret)}).status_code == 302
        assert self.client.session[SESSION_KEY] == str(self.owner.pk)

    def test_a_code_works_once(self) -> None:
        code = totp(self.secret)
        assert self.second_step(code) == 302
        self.client.post("/accounts/logout/")
        assert self.second_step(code) == 200

    def test_a_recovery_code_works_once(self) -> None:
        assert self.second_step(self.codes[0]) == 302
        self.client.post("/accounts/logout/")
        assert self.second_step(self.codes[0]) == 200
        assert self.client.post("/accounts/2fa/authenticate/", {"code": self.codes[1]}).status_code == 302

    def test_guessing_codes_ends_after_five(self) -> None:
        sign_in(self.client, self.owner.email)
        for _ in range(5):
            self.client.post("/accounts/2fa/authenticate/", {"code": "000000"})
        response = self.client.post("/accounts/2fa/authenticate/", {"code": totp(self.secret)})
        self.assertContains(response, "Too many failed login attempts")

    def test_it_can_be_set_up_by_a_person_who_has_just_signed_in(self) -> None:
        sign_in(self.client, self.admin.email)
        page = self.client.get("/accounts/2fa/totp/activate/")
        secret = page.context["form"].secret
        self.client.post("/accounts/2fa/totp/activate/", {"code": totp(secret)})
        types = Authenticator.objects.filter(user=self.admin).values_list("type", flat=True)
        assert set(types) == {"totp", "recovery_codes"}


class PasswordResetTests(AccountsTestCase):
    def ask(self, email: str) -> str:
        response = self.client.post("/accounts/password/reset/", {"email": email}, follow=True)
        assert response.status_code == 200
        return without_tokens(response.content)

    def test_a_known_and_an_unknown_address_get_the_same_answer_and_one_mail(self) -> None:
        assert self.ask(self.owner.email) == self.ask("nobody@example.org")
        assert [message.to for message in mail.outbox] == [[self.owner.email], ["nobody@example.org"]]
        assert "password/reset/key" in str(mail.outbox[0].body)
        assert "There is no account" in str(mail.outbox[1].body)

    def test_the_link_works_once(self) -> None:
        self.ask(self.owner.email)
        found = re.search(r"http://testserver(\S+)", str(mail.outbox[0].body))
        assert found
        page = self.client.get(found[1], follow=True)
        new = "another long sentence"
        self.client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
        assert sign_in(self.client, self.owner.email, new).status_code == 302
        self.client.post("/accounts/logout/")
        self.assertContains(self.client.get(found[1], follow=True), "This link does not work any more")

    def test_a_mail_server_that_is_down_shows_to_nobody(self) -> None:
        down = mock.patch.object(EmailBackend, "send_messages", side_effect=ConnectionRefusedError)
        with down, self.assertLogs("requests_app.people.adapter", "ERROR") as logged:
            assert self.ask(self.owner.email) == self.ask("nobody@example.org")
        assert self.owner.email not in str(logged.output)

    def test_asking_again_and_again_ends(self) -> None:
        for _ in range(5):
            self.ask(self.owner.email)
        assert self.client.post("/accounts/password/reset/", {"email": self.owner.email}).status_code == 429


class LanguageTests(AccountsTestCase):
    def test_a_persons_own_choice_comes_before_the_browsers(self) -> None:
        User.objects.filter(pk=self.owner.pk).update(language="de")
        self.as_owner()
        page = self.client.get("/me/", headers={"accept-language": "en"})
        self.assertContains(page, '<html lang="de"')
        self.client.post("/accounts/logout/")
        self.assertContains(self.client.get("/accounts/login/", headers={"accept-language": "en"}), '<html lang="en"')


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
class ProxyTests(AccountsTestCase):
    def test_attempts_are_counted_by_the_client_behind_the_proxy(self) -> None:
        for number in range(31):
            last = self.client.post(
                "/accounts/login/",
                {"login": f"x{number}@example.org", "password": "no"},
                headers={"x-forwarded-for": "6.6.6.6, 192.0.2.1"},
            )
        assert last.status_code == 429
        other = self.client.get("/accounts/login/", headers={"x-forwarded-for": "192.0.2.2"})
        assert other.status_code == 200
        answer = self.client.post(
            "/accounts/login/",
            {"login": self.owner.email, "password": PASSWORD},
            headers={"x-forwarded-for": "192.0.2.2"},
        )
        assert answer.status_code == 302
