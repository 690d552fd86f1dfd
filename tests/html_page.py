"""What a page holds, read as a browser reads it: its forms, its text and its elements."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

# What takes text from a person; anything else is chosen.
TEXT_TYPES = {"text", "search", "email", "url", "tel", "password", "number", "date", "textarea"}
FREE_TYPES = {"text", "search", "textarea"}
CHOSEN_TYPES = {"checkbox", "radio"}


@dataclass
class Field:
    """One control of a form, with what it says before anybody touches it."""

    name: str
    kind: str
    value: str = ""
    checked: bool = True
    max_length: int = 10_000


@dataclass
class Form:
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    def target(self, path: str) -> str:
        """Return the address that the form on the page of this address is sent to."""
        return path if self.action in ("", ".") else self.action

    def data(self) -> dict[str, str]:
        """Return what a browser would send as the form stands."""
        return {one.name: one.value for one in self.fields if one.checked and one.kind != "file"}

    def texts(self, kinds: set[str] = TEXT_TYPES) -> list[Field]:
        return [one for one in self.fields if one.kind in kinds]


class Page(HTMLParser):
    """Reads one page; `forms`, `text` and `elements` say what it holds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.elements: Counter[str] = Counter()
        # Event handlers in attributes: the policy forbids them, so there are none.
        self.handlers: list[str] = []
        self.pieces: list[str] = []
        self._textarea: Field | None = None
        self._select: Field | None = None
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        # A drawing of our own has a class of ours; nothing that is typed gets one.
        self.elements[tag] += not (tag == "svg" and given.get("class", "").startswith("oo-"))
        self.handlers += [name for name in given if name.startswith("on")]
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif self.forms and "name" in given and tag in ("input", "textarea", "select"):
            self._control(tag, given)
        elif tag == "option" and self._select is not None and ("selected" in given or not self._select.value):
            self._select.value = given.get("value", "")

    def _control(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text") if tag == "input" else tag
        one = Field(given["name"], kind, given.get("value", ""), max_length=int(given.get("maxlength", 10_000)))
        one.checked = kind not in CHOSEN_TYPES or "checked" in given
        if kind == "submit":
            return
        self.forms[-1].fields.append(one)
        if tag == "textarea":
            self._textarea = one
        elif tag == "select":
            self._select = one

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea is not None:
            # The newline after the start tag is not part of the text.
            self._textarea.value = self._textarea.value.removeprefix("\n")
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
        if self._textarea is not None:
            self._textarea.value += data
