"""Two ways to use a page: with a mouse, and with the keyboard alone. Both find things by what they are called."""

import re
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page

FOCUSED = """() => {
  const element = document.activeElement;
  const label = element.labels && element.labels.length ? element.labels[0].innerText : "";
  const text = element.getAttribute("aria-label") || label || element.innerText || element.value || "";
  return text.replace(/[*\\s]+/g, " ").trim();
}"""
MOST_STOPS = 500
FIRST_STOP = "Skip to the content"


class Hands(Protocol):
    """What a person does to a page."""

    page: Page

    def fill(self, label: str, text: str) -> None:
        """Replace what the field says."""

    def choose(self, label: str, option: str) -> None:
        """Choose from a list."""

    def tick(self, label: str) -> None:
        """Tick a box."""

    def follow(self, name: str) -> None:
        """Press a link or button that leads to another page, and wait for it."""

    def download(self, name: str) -> Path:
        """Press what downloads a file and return the file."""


class Mouse:
    def __init__(self, page: Page) -> None:
        self.page = page

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))

    def thing(self, name: str) -> Locator:
        """Return the link or button of that name."""
        link = self.page.get_by_role("link", name=name, exact=True)
        found = link.or_(self.page.get_by_role("button", name=name, exact=True))
        if not found.count():
            there = self.page.locator("main a, main button").all_inner_texts()
            raise AssertionError(f"{self.page.url} has no {name!r}; it has {there}")
        return found

    def fill(self, label: str, text: str) -> None:
        self.field(label).fill(text)

    def choose(self, label: str, option: str) -> None:
        self.field(label).select_option(label=option)

    def tick(self, label: str) -> None:
        self.field(label).check()

    def follow(self, name: str) -> None:
        with self.page.expect_navigation():
            self.thing(name).click()

    def download(self, name: str) -> Path:
        with self.page.expect_download() as download:
            self.thing(name).click()
        return download.value.path()


class Keyboard:
    def __init__(self, page: Page) -> None:
        self.page = page

    def go_to(self, name: str) -> None:
        """Press Tab until the control of that name has the focus; fail when the page has none."""
        passed: list[str] = []
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            focused: str = self.page.evaluate(FOCUSED)
            if focused == name:
                return
            passed.append(focused[:60])
            if passed.count(FIRST_STOP) == 2:  # once around the page
                break
        raise AssertionError(f"{self.page.url}: Tab never reaches {name!r}; it passes {passed}")

    def fill(self, label: str, text: str) -> None:
        self.go_to(label)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, label: str, option: str) -> None:
        self.go_to(label)
        self.page.keyboard.type(option)

    def tick(self, label: str) -> None:
        self.go_to(label)
        self.page.keyboard.press("Space")

    def follow(self, name: str) -> None:
        self.go_to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def download(self, name: str) -> Path:
        self.go_to(name)
        with self.page.expect_download() as download:
            self.page.keyboard.press("Enter")
        return download.value.path()
