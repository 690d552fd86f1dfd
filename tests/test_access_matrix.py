"""Every address x everybody x every method, generated from the URLconf and held against tests/access_table.py."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.test import override_settings
from django.urls import NoReverseMatch, get_resolver, reverse

from requests_app import urls
from requests_app.models import Event, User
from tests.access_table import RULES, Rule, Who
from tests.addresses import address, patterns
from tests.world import AcmeTestCase

PEOPLE = {"anonymous", "owner", "admin", "auditor", "outsider"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What somebody who may be there is given: the page, a way on, or a complaint about an empty form.
LET_IN = {200, 302, 422}
ODD_NUMBERS = (0, 10**18)
ODD_SLUGS = ("ä", "-", "x" * 300, "%00", "..")


def who_is_let_in(who: Who) -> set[str]:
    return {
        Who.ANYBODY: PEOPLE,
        Who.SIGNED_IN: {"owner", "admin", "auditor", "outsider"},
        Who.MEMBER: {"owner", "admin", "auditor"},
        Who.ADMIN: {"owner", "admin"},
        Who.OWNER: {"owner"},
        Who.NOBODY: set(),
    }[who]


def wanted(who: Who, person: str) -> set[int]:
    """Return the statuses that are right for this person (302 of a stranger leads to the sign-in page)."""
    if person in who_is_let_in(who):
        return LET_IN
    if who is Who.NOBODY:
        return {404}
    if person == "anonymous":
        return {302}
    return {404} if person == "outsider" else {403}


class EveryAddressIsListedTests(AcmeTestCase):
    def test_the_table_has_the_addresses_of_the_urlconf_and_no_others(self) -> None:
        names = [str(pattern.name) for pattern in urls.urlpatterns]
        assert len(names) == len(set(names)), "two addresses of one name"
        assert set(names) - set(RULES) == set(), "add these to RULES in tests/access_table.py"
        assert set(RULES) - set(names) == set(), "these are gone: remove them from RULES in tests/access_table.py"

    def test_beside_them_there_are_allauths_and_the_staff_pages_alone(self) -> None:
        outside = [str(pattern.pattern) for pattern in get_resolver().url_patterns]
        assert outside == ["accounts/", "staff/", ""]


@override_settings(ACCOUNT_RATE_LIMITS=False)
class AccessMatrixTests(AcmeTestCase):
    def test_each_person_gets_what_the_table_says(self) -> None:
        for name, rule in RULES.items():
            for method in rule.methods:
                for person in sorted(PEOPLE):
                    with self.subTest(name, method=method, person=person):
                        response, changed = self.ask(person, method, address(name, self))
                        right = wanted(rule.who_may(method), person)
                        assert response.status_code in right, f"{response.status_code} is not in {right}"
                        assert person in who_is_let_in(rule.who_may(method)) or not changed
                        if right == {302}:
                            assert response["Location"].startswith("/accounts/login/?next=")

    def test_an_object_of_acme_is_not_in_another_organisation(self) -> None:
        for name, rule in RULES.items():
            if "organisation" in patterns()[name].pattern.converters and self.objects(rule):
                for method in rule.methods:
                    with self.subTest(name, method=method):
                        response, changed = self.ask("outsider", method, address(name, self, "other"))
                        assert (response.status_code, changed) == (404, False)

    def test_whether_a_request_was_handed_over_lets_nobody_else_in(self) -> None:
        self.draft, self.submitted = self.submitted, self.draft  # type: ignore[misc]  # on this test alone
        for name, rule in RULES.items():
            if not {"draft", "submitted"} & set(rule.arguments.values()):
                continue
            for method in rule.methods:
                for person in PEOPLE - who_is_let_in(rule.who_may(method)):
                    with self.subTest(name, method=method, person=person):
                        response, changed = self.ask(person, method, address(name, self))
                        assert response.status_code in wanted(rule.who_may(method), person)
                        assert not changed
                response, _ = self.ask("owner", method, address(name, self))
                assert response.status_code < 500

    def test_other_methods_are_refused(self) -> None:
        for name, rule in RULES.items():
            for method in set(METHODS) - set(rule.methods):
                with self.subTest(name, method=method):
                    response, changed = self.ask("owner", method, address(name, self))
                    right = {404, 405} if rule.who is Who.NOBODY else {405}
                    assert response.status_code in right
                    assert not changed

    def test_made_up_arguments_are_not_found(self) -> None:
        for name in RULES:
            for odd in odd_addresses(name):
                for person in ("anonymous", "owner"):
                    with self.subTest(odd, person=person):
                        response, _ = self.ask(person, "GET", odd)
                        assert response.status_code < 500

    def ask(self, person: str, method: str, path: str) -> tuple[Any, bool]:
        """Return the response and whether an event was written; whatever was written is taken back."""
        self.client.logout()
        if person != "anonymous":
            user: User = getattr(self, person)
            self.client.force_login(user)
        with transaction.atomic():
            before = Event.objects.count()
            response = self.client.generic(method, path)
            # What is sent in pieces is read inside the transaction, too.
            _ = response.getvalue() if response.streaming else response.content
            changed = Event.objects.count() != before
            transaction.set_rollback(True)
        return response, changed

    def objects(self, rule: Rule) -> list[object]:
        """Return the objects of Acme, not of the shared catalogue, that the address names."""
        found = [getattr(self, text) for text in rule.arguments.values() if hasattr(self, text)]
        return [row for row in found if row not in (self.slack, self.shared_procedure)]


def odd_addresses(name: str) -> Iterator[str]:
    """Yield the address with an odd value in the place of one or all of its arguments."""
    converters = patterns()[name].pattern.converters
    odd = {"IntConverter": ODD_NUMBERS, "SlugConverter": ODD_SLUGS, "StringConverter": ODD_SLUGS}
    for key in converters:
        for value in odd[type(converters[key]).__name__]:
            plain: dict[str, Any] = {
                other: 1 if "Int" in type(c).__name__ else "acme" for other, c in converters.items()
            }
            text = "/" + str(patterns()[name].pattern)
            for other, put in (plain | {key: value}).items():
                text = text.replace(f"<{type_word(converters[other])}:{other}>", str(put))
            yield text


def type_word(converter: object) -> str:
    return {"IntConverter": "int", "SlugConverter": "slug", "StringConverter": "str"}[type(converter).__name__]


class AccountPagesTests(AcmeTestCase):
    """django-allauth's own addresses, by pattern: none of them is broken, and none lets a stranger in."""

    OPEN = ("login", "signup", "reset", "confirm-email", "inactive", "logout", "authenticate", "code", "3rdparty")

    def test_a_stranger_gets_an_open_page_or_is_asked_to_sign_in(self) -> None:
        for name, path in account_addresses():
            with self.subTest(name):
                response = self.client.get(path)
                assert response.status_code < 500
                if response.status_code == 200:
                    assert any(word in path for word in self.OPEN), path

    def test_a_member_gets_no_error(self) -> None:
        self.client.force_login(self.owner)
        for name, path in account_addresses():
            with self.subTest(name):
                assert self.client.get(path).status_code < 500

    def test_nobody_signs_up_by_oneself(self) -> None:
        response = self.client.post(
            "/accounts/signup/", {"email": "x@example.org", "password1": "correct horse battery"}
        )
        assert not User.objects.filter(email="x@example.org").exists()
        assert response.status_code < 500


MADE_UP: tuple[dict[str, Any], ...] = ({}, {"key": "abc"}, {"pk": 1}, {"uidb36": "1", "key": "abc"})


def account_addresses() -> list[tuple[str, str]]:
    """Return name and address of each page of django-allauth, with made-up arguments."""
    names = sorted(set(names_below(get_resolver().url_patterns[0])))
    return [(name, account_address(name)) for name in names]


def account_address(name: str) -> str:
    for arguments in MADE_UP:
        with suppress(NoReverseMatch):
            return reverse(name, kwargs=arguments)
    raise AssertionError(f"no arguments of MADE_UP fit {name}")


def names_below(resolver: Any) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from names_below(pattern)
        elif pattern.name:
            yield pattern.name
