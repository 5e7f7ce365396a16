"""WCAG 2.2 AA on every page, in every state: as far as axe can tell, and no page is wider than the screen."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.conftest import SETTLED
from tests.processes import Installation
from tests.tour.visits import tour
from tests.tour.world import World, build

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
LAYOUT = {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}
TALL = 3000  # so that no bar covers what axe looks at
WIDE = {"width": 1280, "height": TALL}
WIDTH = "document.documentElement.scrollWidth"
# All that a text's contrast comes from: its colour, size and weight, and the backgrounds it stands on.
LOOKS = """() => {
    const looks = new Set();
    const look = (element, ground) => {
        if (!element.checkVisibility()) return;
        const { backgroundColor, backgroundImage, opacity, color, fontSize, fontWeight } = getComputedStyle(element);
        const own = `${backgroundColor} ${backgroundImage} ${opacity}`;
        const here = own === "rgba(0, 0, 0, 0) none 1" ? ground : `${ground} > ${own}`;
        looks.add(`${color} ${fontSize} ${fontWeight} on ${here}`);
        for (const child of element.children) look(child, here);
    };
    look(document.documentElement, "");
    return [...looks];
}"""


@pytest.fixture
def world(installation) -> World:
    return build()


def found(page: Page, rules: dict) -> Iterator[str]:
    options = json.dumps({"runOnly": rules, "resultTypes": ["violations"], "preload": False, "selectors": False})
    for violation in page.evaluate(f"axe.run({options}).then(result => result.violations)"):
        for node in violation["nodes"]:
            why = "; ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])
            yield f"{violation['id']}: {node['html'][:160]} ({why})"


def looked_at(page: Page, seen: set[str]) -> Iterator[str]:
    """What is wrong with the page as it is, at 1280 pixels and at 360; in dark, if `seen` lacks one of its looks."""
    yield from (f"wide: {problem}" for problem in found(page, RULES))
    page.emulate_media(color_scheme="dark")
    if not seen.issuperset(looks := page.evaluate(LOOKS)):
        seen.update(looks)
        yield from (f"dark: {problem}" for problem in found(page, CONTRAST))
    for width in (640, 360):  # 640: a window of 1280 at 200 %
        page.set_viewport_size({"width": width, "height": TALL})
        if page.evaluate(WIDTH) > width:  # a chart is, until the next frame
            page.evaluate(SETTLED)
        if (wide := page.evaluate(WIDTH)) > width:
            yield f"{wide} pixels wide at {width}"
    yield from (f"narrow: {problem}" for problem in found(page, LAYOUT))
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)


def test_axe_finds_nothing_on_any_page(chromium: Browser, installation: Installation, world: World):
    problems: list[str] = []
    seen: set[str] = set()
    for stop, page in tour(chromium, installation, world, AXE_SCRIPT, viewport=WIDE):
        problems += [f"{stop.name}: {problem}" for problem in looked_at(page, seen)]
    assert not problems, "\n".join(problems)
