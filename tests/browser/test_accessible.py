"""WCAG 2.2 AA on every page, in every state: as far as axe can tell, and no page is wider than the screen."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from playwright.sync_api import Browser, Error, Page

from labeling.cohorts.models import Person
from tests.processes import Installation
from tests.tour.stops import Stop, stops
from tests.tour.world import World, build

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
LAYOUT = {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}
TALL = 3000  # so that no bar covers what axe looks at
WIDE = {"width": 1280, "height": TALL}


@pytest.fixture
def world(installation) -> World:
    return build()


def found(page: Page, rules: dict) -> Iterator[str]:
    options = json.dumps({"runOnly": rules, "resultTypes": ["violations"]})
    for violation in page.evaluate(f"axe.run({options})")["violations"]:
        for node in violation["nodes"]:
            why = "; ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])
            yield f"{violation['id']}: {node['html'][:160]} ({why})"


def looked_at(page: Page) -> Iterator[str]:
    """What is wrong with the page as it is: in light and dark, at 1280 pixels and at 360."""
    page.evaluate(AXE_SCRIPT)
    yield from (f"wide: {problem}" for problem in found(page, RULES))
    page.emulate_media(color_scheme="dark")
    yield from (f"dark: {problem}" for problem in found(page, CONTRAST))
    page.emulate_media(color_scheme="light")
    for width in (640, 360):  # 640: a window of 1280 at 200 %
        page.set_viewport_size({"width": width, "height": TALL})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            yield f"{wide} pixels wide at {width}"
    yield from (f"narrow: {problem}" for problem in found(page, LAYOUT))
    page.set_viewport_size(WIDE)


def session(person: Person) -> str:
    browser = Client()
    browser.force_login(person)
    return browser.cookies["sessionid"].value


def walk(page: Page, stop: Stop) -> list[str]:
    try:
        page.goto(stop.path)
        stop.act(page)
        return list(looked_at(page))
    except Error as error:
        error.add_note(f"at the stop {stop.name}, {page.url}")
        raise


def test_axe_finds_nothing_on_any_page(chromium: Browser, installation: Installation, world: World):
    problems: list[str] = []
    for who, person in [("", None), *world.people.items()]:
        context = chromium.new_context(base_url=installation.url, viewport=WIDE)
        if person:
            context.add_cookies([{"name": "sessionid", "value": session(person), "url": installation.url}])
        page = context.new_page()
        for stop in stops(world):
            if stop.who == who:
                problems += [f"{stop.name}: {problem}" for problem in walk(page, stop)]
        context.close()
    assert not problems, "\n".join(problems)
