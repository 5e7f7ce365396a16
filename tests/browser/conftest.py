"""A real browser in front of a real installation."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from labeling.cohorts.models import Person, SignInLink
from tests.find_chromium import installed
from tests.processes import PATIENCE, Installation, wait_until

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=slight",  # letters as wide as where there are windows
]
WIDE = {"width": 1280, "height": 900}
# What a page does about its width, and about letters that have come, is done with the next frame.
SETTLED = """() => document.fonts.ready.then(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
)"""
# What a page says to whoever listens, and what it shows for a moment, is noted as it is said: the next word may come,
# or the moment be over, before anybody looks.
TOLD = """
window.told = [];
document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("#announcer, #saved")) {
        const note = () => place.textContent && told.push(place.textContent);
        new MutationObserver(note).observe(place, { childList: true });
    }
});
"""
expect.set_options(timeout=1000 * PATIENCE)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Closed with its package: Playwright's event loop occupies the thread, and other tests run loops of their own."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # that loop is not Django's: queries made beside it are safe
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def browsing(chromium: Browser, installation: Installation, **options: Any) -> Iterator[BrowserContext]:
    """A browser in which nobody has signed in."""
    options = {"base_url": installation.url, "viewport": WIDE, **options}
    with closing(chromium.new_context(**options)) as opened:
        opened.set_default_timeout(1000 * PATIENCE)
        opened.add_init_script(TOLD)
        yield opened


@pytest.fixture
def context(chromium: Browser, installation: Installation) -> Iterator[BrowserContext]:
    with browsing(chromium, installation) as opened:
        yield opened


@pytest.fixture
def trouble() -> list[str]:
    """What the browser complained about; a test that provokes a complaint takes it out."""
    return []


@pytest.fixture
def page(context: BrowserContext, trouble: list[str], installation: Installation) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen: a script error or a refused resource fails the test."""
    opened = context.new_page()
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    yield opened
    assert trouble == [], installation.supervisor.log("web").read_text()[-3000:]


def session(person: Person) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


def sign_in(page: Page, person: Person) -> None:
    """From here on, as somebody who has done so before: no page is shown for it."""
    page.context.add_cookies([{"name": "sessionid", "value": session(person), "domain": "127.0.0.1", "path": "/"}])


def sign_in_by_link(page: Page, person: Person) -> None:
    """By the one-time link, as a first visitor does; leads to their projects."""
    page.goto(f"/sign-in/{SignInLink.objects.issue(person)}/")
    page.get_by_role("button", name="Sign in as").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def was_told(page: Page, words: str) -> None:
    """Since it was loaded, whether or not it says so still."""
    wait_until(lambda: words in page.evaluate("told"))


def resize(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(SETTLED)


def intercept(page: Page, url: str, handler: Callable[[Route], object]) -> None:
    """From now on. A page that is there already learns of it a moment after Playwright has said so, and what it sent in
    that moment would go to the server: so an icon is fetched until its answer comes from here."""
    page.route(url, handler)
    page.route("**/icon.svg", lambda route: route.fulfill(status=203))
    wait_until(lambda: page.evaluate("fetch('/static/icon.svg').then(({ status }) => status)") == 203)
