"""Each page of the product, as its owner sees it, is usable by everybody and breaks no rule of the browser."""

from playwright.sync_api import Page

from tests.access_table import RULES, Who
from tests.addresses import address
from tests.e2e.accessibility import assert_accessible
from tests.e2e.base import BrowserTestCase
from tests.world import write_acme

PARTS = 4
# No pages: what stands in a frame of one.
IN_A_FRAME = {"inbound_html"}
# Whether the focus can be seen where it is; inside the browser's viewer for PDF it is the browser's to show.
FOCUS_SHOWS = """() => {
  const style = getComputedStyle(document.activeElement);
  const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return shown || ["BODY", "IFRAME"].includes(document.activeElement.tagName);
}"""


class EveryPageTests(BrowserTestCase):
    """In parts, so that two workers share them."""

    def test_a_quarter_of_the_pages(self) -> None:
        self.sweep(0)

    def test_the_second_quarter(self) -> None:
        self.sweep(1)

    def test_the_third_quarter(self) -> None:
        self.sweep(2)

    def test_the_last_quarter(self) -> None:
        self.sweep(3)

    def sweep(self, part: int) -> None:
        acme = write_acme()
        self.sign_in(acme.owner)
        for name in self.names()[part::PARTS]:
            with self.subTest(name):
                path = address(name, acme)
                if "text/html" in self.context.request.get(path).headers["content-type"]:
                    self.check(self.open(path))

    def names(self) -> list[str]:
        """Return the names of the addresses that an owner can open."""
        opened = [name for name, rule in RULES.items() if "GET" in rule.methods and rule.who is not Who.NOBODY]
        return [name for name in opened if name not in IN_A_FRAME]

    def check(self, page: Page) -> None:
        assert page.title().endswith("Optout"), page.title()
        assert page.title().split(" · ")[0].strip(), "a title that says what page this is"
        assert page.locator("h1:visible").count() == 1
        assert_accessible(page)
        self.check_focus(page)

    def check_focus(self, page: Page) -> None:
        """Fail unless the first Tab leads to the skip link, it works, and the focus is seen from there on."""
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "oo-skip"
        assert page.evaluate(FOCUS_SHOWS)
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        for _ in range(5):
            page.keyboard.press("Tab")
            assert page.evaluate(FOCUS_SHOWS), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
