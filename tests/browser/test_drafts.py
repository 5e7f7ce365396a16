"""What one has entered and not sent is there again: on another machine, after a reload, after a browser was killed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from labeling.comparisons.models import Assignment, Draft
from tests.browser.conftest import browsing, intercept, sign_in, sign_in_by_link
from tests.browser.test_loop import judge, open_project, send, wait_for_pair
from tests.people import join, make_project
from tests.processes import Installation, wait_until

NOTE = "[data-draft-note]:visible"


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def elsewhere(chromium: Browser, installation: Installation) -> Iterator[BrowserContext]:
    """Another machine."""
    with browsing(chromium, installation) as opened:
        yield opened


@pytest.fixture
def pair(page: Page, alice) -> Assignment:
    """On the page, with both responses."""
    open_project(page, alice, make_project("help", ("helpfulness",)))
    send(page, "Why?")
    wait_for_pair(page)
    return Assignment.objects.get()


def is_saved(text: str) -> None:
    """On the server."""
    wait_until(lambda: Draft.objects.filter(entered__contains=text).exists())


def nothing_stays_here(page: Page) -> None:
    """In the browser, once the server knows."""
    wait_until(lambda: not page.evaluate("drafts.stored().length"))


def comment(page: Page, text: str) -> None:
    page.keyboard.press("c")
    page.keyboard.type(text)
    page.keyboard.press("Escape")


def test_an_answer_begun_here_is_gone_on_with_on_another_machine(page: Page, pair, alice, elsewhere):
    page.keyboard.press("2")
    comment(page, "B rambles")
    is_saved("rambles")
    there = elsewhere.new_page()
    sign_in(there, alice)
    there.goto("/projects/help/work/")
    expect(there.locator(NOTE)).to_contain_text("What you entered here before is back.")
    expect(there.locator("input[name=choice]:checked")).to_have_value("-3")
    expect(there.locator("#comment textarea")).to_have_value("B rambles")
    judge(there)
    expect(there.locator("#prompt-text")).to_be_visible()
    assert pair.revisions.get().comment == "B rambles"
    wait_until(lambda: not Draft.objects.exists())


def test_one_may_start_over(page: Page, pair):
    page.keyboard.press("2")
    comment(page, "B rambles")
    page.reload()
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(NOTE)).to_have_count(0)
    expect(page.locator("input[name=choice]:checked")).to_have_count(0)
    expect(page.locator(".submit")).to_contain_text("Choose a response")
    wait_until(lambda: not Draft.objects.exists())
    page.reload()
    wait_for_pair(page)
    expect(page.locator("#comment textarea")).to_have_value("")


def test_one_has_started_over_though_the_server_does_not_know_yet(page: Page, pair, trouble):
    page.keyboard.press("2")
    comment(page, "B rambles")
    is_saved("rambles")
    page.reload()
    intercept(page, "**/drafts/", lambda route: route.abort())
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("#comment textarea")).to_have_value("")
    Draft.objects.update(saved_at=timezone.now())  # as when an earlier save arrives late
    page.reload()
    wait_for_pair(page)
    expect(page.locator("#comment textarea")).to_have_value("")
    expect(page.locator("input[name=choice]:checked")).to_have_count(0)
    page.unroute("**/drafts/")
    page.reload()
    wait_until(lambda: not Draft.objects.exists())
    nothing_stays_here(page)
    trouble.clear()  # each that was refused


def test_what_another_machine_enters_after_one_started_over_comes_back_and_stays(page: Page, pair, trouble):
    page.keyboard.press("2")
    comment(page, "B rambles")
    is_saved("rambles")
    page.reload()
    intercept(page, "**/drafts/", lambda route: route.abort())
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("#comment textarea")).to_have_value("")
    Draft.objects.update(saved_at=timezone.now() + timedelta(minutes=5))
    page.unroute("**/drafts/")  # the server may learn of it from here on, before the page is asked for or after it
    page.reload()
    expect(page.locator("#comment textarea")).to_have_value("B rambles")
    nothing_stays_here(page)
    page.reload()
    expect(page.locator("#comment textarea")).to_have_value("B rambles")
    trouble.clear()


def test_a_prompt_and_a_reason_are_drafts_too(page: Page, pair, elsewhere, alice):
    page.keyboard.press("x")
    page.keyboard.press("5")
    page.keyboard.type("It is empty")
    is_saved("It is empty")
    page.reload()
    page.keyboard.press("x")
    expect(page.locator("#cannot textarea")).to_have_value("It is empty")
    page.keyboard.press("Enter")
    expect(page.locator("#prompt-text")).to_be_focused()
    page.keyboard.type("A long question")
    is_saved("A long question")
    there = elsewhere.new_page()
    sign_in(there, alice)
    there.goto("/projects/help/work/")
    expect(there.locator("#prompt-text")).to_have_value("A long question")
    expect(there.locator(NOTE)).to_contain_text("What you entered here before is back.")


def test_a_change_of_an_answer_is_a_draft_until_one_leaves_it(page: Page, pair):
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_visible()
    page.get_by_role("link", name="Undo").click()
    expect(page.locator(".change")).to_be_visible()
    page.keyboard.press("7")
    page.reload()
    page.get_by_role("link", name="Undo").click()
    expect(page.locator("input[name=choice]:checked")).to_have_value("3")
    page.get_by_role("link", name="Leave it as it was").click()
    page.get_by_role("link", name="Undo").click()
    expect(page.locator("input[name=choice]:checked")).to_have_value("-3")
    wait_until(lambda: not Draft.objects.exists())


def test_nothing_of_it_stays_in_a_browser_once_the_server_has_it(page: Page, pair):
    page.keyboard.press("2")
    wait_until(Draft.objects.exists)
    nothing_stays_here(page)


def test_what_the_server_did_not_get_is_in_the_browser_after_it_was_killed(page: Page, pair, context):
    context.set_offline(True)
    page.keyboard.press("2")
    comment(page, "B rambles")
    page.close(run_before_unload=False)
    assert not Draft.objects.exists()
    context.set_offline(False)
    again = context.new_page()
    again.goto("/projects/help/work/")
    expect(again.locator("#comment textarea")).to_have_value("B rambles")
    expect(again.locator(NOTE)).to_be_visible()
    wait_until(Draft.objects.exists)


def test_who_signs_in_next_finds_no_draft_of_somebody_else(page: Page, pair, context, trouble):
    intercept(page, "**/drafts/", lambda route: route.abort())
    page.keyboard.press("2")
    bella = join("first", "bella@example.org")
    page.goto("/")
    context.clear_cookies()
    sign_in_by_link(page, bella)
    page.goto("/projects/help/work/")
    assert page.evaluate("[...drafts.known.keys()]") == []
    trouble.clear()  # each that was refused
