"""Setting up two-factor, signing in with it, and taking it down, in a real browser."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from labeling.cohorts.models import SignInLink
from tests.browser.conftest import resize, sign_in_by_link
from tests.browser.test_accessible import RULES, found
from tests.people import join
from tests.processes import wait_until

NARROW = {"width": 360, "height": 740}


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def code(secret: str) -> str:
    """That of now, which is good for half a minute more when the next one is shown."""
    return format_hotp_value(hotp_value(secret, int(time.time() // 30)))


def looks_right(page: Page) -> None:
    page.evaluate(AXE_SCRIPT)
    assert list(found(page, RULES)) == []
    wide = page.viewport_size
    resize(page, *NARROW.values())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    resize(page, *wide.values())


def test_it_is_set_up_asked_for_and_taken_down(page: Page, alice):
    sign_in_by_link(page, alice)
    page.goto("/profile/")
    page.get_by_role("link", name="Set up two-factor").click()
    picture = page.get_by_role("img", name="A QR code")
    wait_until(lambda: picture.evaluate("image => image.complete && image.naturalWidth > 0"))
    looks_right(page)
    secret = page.locator(".scan-key").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(code(secret))
    page.keyboard.press("Enter")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    looks_right(page)
    spare = page.locator(".recovery-codes li").first.inner_text()
    page.context.clear_cookies(name="sessionid")
    page.goto(f"/sign-in/{SignInLink.objects.issue(alice)}/")
    page.get_by_role("button", name="Sign in as").click()
    expect(page.get_by_label("Code")).to_be_focused()
    looks_right(page)
    page.keyboard.type(spare)
    page.keyboard.press("Enter")
    expect(page.locator(".menu summary")).to_be_visible()
    page.goto("/accounts/recovery-codes/new/")
    looks_right(page)
    page.goto("/profile/")
    page.get_by_role("link", name="Take down two-factor").click()
    looks_right(page)
    page.get_by_role("button", name="Take down two-factor").click()
    expect(page.get_by_role("link", name="Set up two-factor")).to_be_visible()
