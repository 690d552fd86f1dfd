"""The Big List of Naughty Strings in every text field of every form: no error, and shown as typed or refused."""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import transaction

from tests.access_table import RULES, Who
from tests.addresses import address
from tests.html_page import Field, Form, Page
from tests.world import AcmeTestCase

NAUGHTY: list[str] = json.loads((settings.BASE_DIR / "tests" / "data" / "blns.json").read_text(encoding="utf-8"))
# What a string would add to the page if it were taken for HTML.
FOREIGN = ("script", "img", "iframe", "svg", "object", "embed", "style", "link", "meta", "base", "audio", "video", "a")
VALID = {"email": "jane.doe@example.org", "url": "https://example.com", "date": "2026-11-02", "number": "1"}
ANSWERS = {200, 302, 422}


def form_names() -> list[str]:
    """Return the names of the addresses that show a form and take it."""
    return [
        name
        for name, rule in RULES.items()
        if set(rule.methods) == {"GET", "POST"} and rule.who not in (Who.NOBODY, Who.ANYBODY)
    ]


def packed(strings: list[str], size: int) -> Iterator[str]:
    """Yield the strings in as few texts as possible, none of them longer than the size."""
    text = ""
    for string in strings:
        if text and len(text) + len(string) + 3 > size:
            yield text
            text = ""
        text += f"{string[: size - 3]} | "
    yield text


def as_sent_back(text: str) -> str:
    """Return the text without what a browser or Django's forms may change: ends of lines, and space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


class NaughtyStringTests(AcmeTestCase):
    def test_no_form_breaks_and_each_shows_what_was_typed(self) -> None:
        self.client.force_login(self.owner)
        for name in form_names():
            with self.subTest(name):
                faults = list(self.faults_of_form(address(name, self)))
                assert not faults, faults[:5]

    def test_the_search_of_each_list_takes_them(self) -> None:
        self.client.force_login(self.owner)
        for name in ("requests", "workspaces", "catalogue"):
            with self.subTest(name):
                path = address(name, self)
                refused = [text for text in NAUGHTY if self.client.get(path, {"q": text}).status_code != 200]
                assert not refused, refused[:5]

    def faults_of_form(self, path: str) -> Iterator[str]:
        """Yield what is wrong when every field holds the same string, one string after the other."""
        before = Page(self.client.get(path).content.decode())
        form = form_of(before, path)
        fields = [one for one in form.texts() if one.kind != "password"]
        for text in NAUGHTY if fields else []:
            data = form.data() | {one.name: text for one in fields}
            response = self.post(path, data)
            if response.status_code not in ANSWERS:
                yield f"{text!r}: status {response.status_code}"
            elif response.status_code != 302:
                yield from faults_of_page(before, Page(response.content.decode()), path, text, fields)

    def post(self, path: str, data: dict[str, str]) -> Any:
        """Return the response, and take back whatever was written."""
        self.client.cookies.pop("messages", None)
        with transaction.atomic():
            response = self.client.post(path, data)
            transaction.set_rollback(True)
        return response


def form_of(page: Page, path: str) -> Form:
    """Return the form of the page that is sent to its own address."""
    own = [form for form in page.forms if form.method.lower() == "post" and form.action in ("", ".", path)]
    assert own, f"{path} has no form that is sent to it"
    return max(own, key=lambda form: len(form.fields))


def faults_of_page(before: Page, after: Page, path: str, text: str, fields: list[Field]) -> Iterator[str]:
    """Yield where the page that came back shows another text than was typed, or takes it for HTML."""
    for tag in FOREIGN:
        if tag != "a" and after.elements[tag] > before.elements[tag]:
            yield f"{text!r} became <{tag}>"
    shown = {one.name: one.value for one in form_of(after, path).fields}
    for one in fields:
        if as_sent_back(shown.get(one.name, "")) != as_sent_back(text):
            yield f"{text!r} in {one.name} came back as {shown.get(one.name)!r}"
