"""Going from stop to stop in a browser, as the person each of them is for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Error, Page

from labeling.cohorts.models import Person
from labeling.comparisons.models import Draft
from tests.browser.conftest import sign_in
from tests.processes import Installation
from tests.tour.stops import Stop, stops
from tests.tour.world import World


def tour(
    chromium: Browser, installation: Installation, world: World, script: str = "", **options: Any
) -> Iterator[tuple[Stop, Page]]:
    """Every stop, and the page on which it can be seen until the next one is asked for. `script` runs in each first."""
    for who, person in [("", None), *world.people.items()]:
        with browsing(chromium, installation, person, **options) as page:
            page.add_init_script(script)
            for stop in stops(world):
                if stop.who == who:
                    visit(page, stop)
                    yield stop, page


@contextmanager
def browsing(chromium: Browser, installation: Installation, person: Person | None, **options: Any) -> Iterator[Page]:
    context = chromium.new_context(base_url=installation.url, **options)
    page, errors = context.new_page(), []
    if person:
        sign_in(page, person)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, errors


def visit(page: Page, stop: Stop) -> None:
    """As if nothing had been entered at the stops before."""
    page.context.set_offline(False)
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
    Draft.objects.all().delete()
    try:
        page.goto(stop.path)
        stop.act(page)
    except Error as error:
        error.add_note(f"at the stop {stop.name}, {page.url}")
        raise
