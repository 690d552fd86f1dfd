"""The Big List of Naughty Strings in every text field of every form: no error, and shown as typed or refused."""

import json
import re
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction

from tests.access_table import RULES, Who
from tests.addresses import address
from tests.html_page import FREE_TYPES, Field, Form, Page
from tests.world import AcmeTestCase

NAUGHTY: list[str] = json.loads((settings.BASE_DIR / "tests" / "data" / "blns.json").read_text(encoding="utf-8"))
# A third of the list, and most of its length, is one piece of script after the other that differ in one escape alone.
ESCAPES = re.compile(r"(\\x[0-9A-Fa-f]{2}|&#x?[0-9A-Fa-f]+;?)+")
DISTINCT = list({ESCAPES.sub("", text): text for text in NAUGHTY}.values())
# What a string would add to the page if it were taken for HTML.
FOREIGN = ("img", "iframe", "svg", "object", "embed", "style", "base", "audio", "video", "marquee", "plaintext")
VALID = {"email": "jane.doe@example.org", "url": "https://example.com", "date": "2026-11-02", "number": "1"}
ANSWERS = {200, 302, 422}
PARTS = 4
LONGEST = 480
# So many times what has a form of its own, such as an address, is naughty too; then the rest of the form is saved.
TYPED_TOO = 10


def packed(size: int) -> list[str]:
    """Return all distinct strings in as few texts as possible, none of them longer than the size."""
    texts, text = [], ""
    for string in DISTINCT:
        if text and len(text) + len(string) + 1 > size:
            texts.append(text)
            text = ""
        text = f"{text} {string}"[:size] if text else string[:size]
    return [*texts, text]


def as_sent_back(text: str) -> str:
    """Return the text without what a browser or Django's forms may change: ends of lines, and space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


class NaughtyStringTests(AcmeTestCase):
    """In parts, so that two workers share them."""

    def setUp(self) -> None:
        # By the door, because what is dangerous asks for the password of whoever came in otherwise.
        self.client.post("/accounts/login/", {"login": self.owner.email, "password": "correct horse battery"})

    def test_a_quarter_of_the_forms_takes_and_shows_them(self) -> None:
        self.check_forms(0)

    def test_the_second_quarter_of_the_forms_does(self) -> None:
        self.check_forms(1)

    def test_the_third_quarter_of_the_forms_does(self) -> None:
        self.check_forms(2)

    def test_the_last_quarter_of_the_forms_does(self) -> None:
        self.check_forms(3)

    def check_forms(self, part: int) -> None:
        for path, page in sorted(self.forms().items())[part::PARTS]:
            with self.subTest(path):
                faults = list(self.faults_of_form(page, path))
                assert not faults, faults[:5]

    def forms(self) -> dict[str, Page]:
        """Return the page with each form that takes text, by the address to which the form is sent."""
        found: dict[str, Page] = {}
        for path in self.pages():
            response = self.client.get(path)
            if response.streaming:
                response.getvalue()  # its file is closed at its end
            elif response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                page = Page(response.content.decode())
                found |= {form.target(path): page for form in page.forms if form.method == "post" and form.texts()}
        return found

    def pages(self) -> list[str]:
        """Return the addresses that an owner can open, and those that ask for more when a vendor is chosen."""
        names = [name for name, rule in RULES.items() if "GET" in rule.methods and rule.who is not Who.NOBODY]
        return [address(name, self) for name in names] + [f"{address('new_workspace', self)}?vendor={self.slack.pk}"]

    def test_each_string_alone_is_taken_as_a_name(self) -> None:
        path = address("profile", self)
        faults = list(self.faults_of_form(self.forms()[path], path, NAUGHTY))
        assert not faults, faults[:5]

    def test_the_search_of_each_list_takes_them(self) -> None:
        for name in ("requests", "workspaces", "gaps", "catalogue"):
            with self.subTest(name):
                path = address(name, self)
                refused = [text for text in packed(100) if self.client.get(path, {"q": text}).status_code != 200]
                assert not refused, refused[:5]

    def faults_of_form(self, before: Page, path: str, texts: list[str] | None = None) -> Iterator[str]:
        """Yield what is wrong with how the form takes the strings, as many at a time as each field holds."""
        form = form_of(before, path)
        fields = [one for one in form.texts() if one.kind != "password"]
        packs = {one.name: texts or packed(min(one.max_length, LONGEST)) for one in fields}
        for turn in range(max(map(len, packs.values()), default=0)):
            typed = {one.name: naughty(one, packs[one.name], turn) for one in fields}
            yield from self.faults_of_post(before, path, form.data() | typed, typed)

    def faults_of_post(self, before: Page, path: str, data: dict[str, str], typed: dict[str, str]) -> Iterator[str]:
        """Yield what is wrong with the page that comes back; whatever was written is taken back."""
        self.client.cookies.pop("messages", None)
        with transaction.atomic():
            response = self.client.post(path, data)
            if response.status_code not in ANSWERS:
                yield f"{typed}: status {response.status_code}"
            elif response.status_code == 302:
                html = self.client.get(response["Location"]).content.decode()
                yield from faults_of_html(before, Page(html), typed)
            else:
                yield from faults_of_form_again(before, Page(response.content.decode()), path, typed)
            transaction.set_rollback(True)


def naughty(one: Field, texts: list[str], turn: int) -> str:
    """Return what goes into the field this time."""
    if one.kind not in FREE_TYPES and turn >= TYPED_TOO:
        return VALID[one.kind]
    return texts[turn % len(texts)]


def form_of(page: Page, path: str) -> Form:
    """Return the form of the page that is sent to its own address."""
    own = [form for form in page.forms if form.method == "post" and form.target(path) == path]
    assert own, f"{path} has no form that is sent to it"
    return max(own, key=lambda form: len(form.fields))


def faults_of_html(before: Page, after: Page, typed: dict[str, str]) -> Iterator[str]:
    """Yield what was taken for HTML: every name of an event and every script would have come from what was typed."""
    if after.elements["script"] > before.elements["script"] + 1:
        yield f"{typed} became <script>"
    for tag in FOREIGN:
        if after.elements[tag] > before.elements[tag] + 1:
            yield f"{typed} became <{tag}>"
    if after.handlers:
        yield f"{typed} became {after.handlers}"


def faults_of_form_again(before: Page, after: Page, path: str, typed: dict[str, str]) -> Iterator[str]:
    """Yield where the form that came back shows another text than was typed."""
    yield from faults_of_html(before, after, typed)
    again = [form for form in after.forms if form.method == "post" and form.target(path) == path]
    if not again:  # It was taken, and the page says so.
        return
    shown = {one.name: one.value for one in again[0].fields}
    for name, text in typed.items():
        if as_sent_back(shown.get(name, "")) != as_sent_back(text):
            yield f"{text!r} in {name} came back as {shown.get(name)!r}"
