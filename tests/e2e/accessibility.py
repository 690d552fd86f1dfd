"""Whether everybody can use a page: axe-core's rules, in both themes, on a wide and on a narrow screen."""

from collections.abc import Iterator
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE: str = Axe().axe_script
Scheme = Literal["light", "dark"]
# Off in axe unless asked for: the size of what is clicked (WCAG 2.2, 2.5.8). The dark theme changes colours alone.
OPTIONS: dict[Scheme, dict[str, Any]] = {
    "light": {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}},
    "dark": {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": ["cat.color"]}},
}
WIDTHS = (1280, 320)
OVERFLOWING = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("main *")]
    .filter((element) => element.getBoundingClientRect().right > root.clientWidth)
    .map((element) => element.outerHTML.slice(0, 120)).slice(-3).concat([`page is ${root.scrollWidth} wide`]);
}"""


def assert_accessible(page: Page) -> None:
    """Fail with everything that is wrong with the page as it is now; leaves it light and wide."""
    faults = [fault for scheme in OPTIONS for width in WIDTHS for fault in faults_at(page, scheme, width)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert not faults, "\n".join([page.url, *faults])


def prefer(page: Page, scheme: Scheme) -> None:
    """Let the browser prefer a theme, on a page that follows it, and wait until it does.

    The page hears of it a moment later; until then it has the other theme's colours.
    """
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.locator(f'html[data-bs-theme="{scheme}"]').wait_for(state="attached")


def faults_at(page: Page, scheme: Scheme, width: int) -> Iterator[str]:
    """Yield what axe finds, and what makes the page wider than the screen."""
    prefer(page, scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE} }} }}")
    found: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", OPTIONS[scheme])
    for violation in found["violations"]:
        for node in violation["nodes"][:3]:
            told = " ".join(str(node.get("failureSummary", "")).split())
            yield f"{scheme} {width}: {violation['id']}: {node['target']} {node['html'][:160]} {told[:300]}"
    for element in page.evaluate(OVERFLOWING):
        yield f"{scheme} {width}: scrolls sideways: {element}"
