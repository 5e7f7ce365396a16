"""A real browser in front of a real installation."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from labeling.cohorts.models import Person, SignInLink
from tests.find_chromium import installed

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    import os

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs on this thread; Django's calls are our own
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, installation) -> Iterator[BrowserContext]:
    opened = chromium.new_context(base_url=installation.url, viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


@pytest.fixture
def trouble() -> list[str]:
    """What the browser complained about; a test that provokes a complaint takes it out."""
    return []


@pytest.fixture
def page(transactional_db, context: BrowserContext, trouble: list[str]) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen: a script error or a refused resource fails the test."""
    opened = context.new_page()
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    yield opened
    assert trouble == []


def sign_in(page: Page, person: Person) -> None:
    """By the one-time link, as a first visitor does."""
    page.goto(f"/sign-in/{SignInLink.objects.issue(person)}/")
    page.get_by_role("button", name="Sign in as").click()
    page.wait_for_url("**/")
