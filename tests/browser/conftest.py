"""A real browser in front of a real installation."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from labeling.cohorts.models import Person, SignInLink
from tests.find_chromium import installed
from tests.processes import Installation

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 20_000  # milliseconds; on a machine that is busy with something else
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed with its module: Playwright's event loop occupies the thread, and other tests run loops of their own."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # that loop is not Django's: queries made beside it are safe
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, installation: Installation) -> Iterator[BrowserContext]:
    opened = chromium.new_context(base_url=installation.url, viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


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


def sign_in(page: Page, person: Person) -> None:
    """By the one-time link, as a first visitor does."""
    page.goto(f"/sign-in/{SignInLink.objects.issue(person)}/")
    page.get_by_role("button", name="Sign in as").click()
    page.wait_for_url("**/")
