"""A test in a real browser: time that nobody turns back, answers that arrive, two tabs, keys, a telephone."""

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from labeling.exams.models import Answer, Attempt
from labeling.exams.standing import begin
from tests.browser.conftest import intercept, resize, sign_in
from tests.exams.papers import CHOICE, PAIR, TEXT, expire, make_exam
from tests.people import join
from tests.processes import wait_until

A_PART = 11 * 60_000  # ms, a little more than a part takes
PARTS = [{"items": [CHOICE, PAIR, TEXT], "rule": "count", "threshold": 1, "shuffled": False}, {"items": [CHOICE]}]


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def attempt(page: Page, alice, installation) -> Attempt:
    """Its first part has begun, and is open in the browser."""
    attempt = begin(alice, make_exam(parts=PARTS))
    attempt.begin_part()
    sign_in(page, alice)
    page.goto(address(attempt))
    return attempt


def address(attempt: Attempt) -> str:
    return f"/tests/attempts/{attempt.pk}/"


def given(attempt: Attempt) -> dict[int, int | str]:
    return {one.item.number: one.value or one.text for one in Answer.objects.filter(attempt=attempt)}


def hand_in(page: Page) -> None:
    page.get_by_text("Hand in …").click()
    page.get_by_role("button", name="Hand in this part").click()


def test_everything_is_done_by_keys_and_saved_as_it_is_given(page: Page, attempt):
    page.get_by_role("radio", name="one").focus()
    page.keyboard.press("2")
    wait_until(lambda: given(attempt) == {1: 2})
    expect(page.locator(".item").first.locator("[data-state]")).to_have_text("Saved")
    page.keyboard.press("Tab")
    page.keyboard.press("8")
    page.keyboard.press("Tab")
    page.keyboard.type("A text.")
    wait_until(lambda: given(attempt) == {1: 2, 2: 8, 3: "A text."})
    expect(page.locator("#answered")).to_have_text("3")
    page.reload()
    expect(page.locator(".degree-8 input")).to_be_checked()
    expect(page.locator("textarea")).to_have_value("A text.")


def test_handing_in_takes_what_was_typed_just_before(page: Page, attempt):
    page.locator("textarea").fill("The last words.")
    hand_in(page)
    expect(page.get_by_role("button", name="Begin part 2")).to_be_visible()
    assert given(attempt) == {3: "The last words."}


def test_what_is_chosen_before_the_page_has_all_its_parts_is_saved(page: Page, attempt):
    held: list[Route] = []
    page.route("**/exams*.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    page.get_by_role("radio", name="one").check()
    wait_until(lambda: page.evaluate("1") and held)
    held[0].continue_()
    wait_until(lambda: given(attempt) == {1: 1})
    expect(page.locator("#answered")).to_have_text("1")


def test_a_clock_that_is_turned_back_gives_no_time(page: Page, attempt):
    page.evaluate(
        "const real = Date; Date = class extends real { static now() { return 0; } }; performance.now = () => 0"
    )
    page.get_by_role("radio", name="one").check()
    wait_until(lambda: given(attempt) == {1: 1})
    expire(attempt)
    page.get_by_role("radio", name="two").click()  # and the page leads on
    expect(page.get_by_role("button", name="Begin part 2")).to_be_visible()
    assert given(attempt) == {1: 1}


def test_the_time_goes_on_over_a_reload_and_ends_by_itself(page: Page, attempt):
    before = attempt.sitting().ends_at
    page.clock.install()
    page.reload()
    assert attempt.sitting().ends_at == before
    page.locator("textarea").fill("In time.")
    page.clock.fast_forward(A_PART)
    expect(page.get_by_role("button", name="Begin part 2")).to_be_visible()
    assert given(attempt) == {3: "In time."}


def test_what_is_saved_slowly_is_waited_for_when_the_time_is_up(page: Page, attempt):
    page.clock.install()
    page.reload()
    held: list[Route] = []
    intercept(page, "**/answers/**", lambda route: route.continue_() if held else held.append(route))
    page.locator("textarea").fill("In time.")
    page.clock.pause_at((page.evaluate("Date.now()") + A_PART) / 1000)
    page.clock.run_for(2_000)
    wait_until(lambda: page.evaluate("1") and held)
    expect(page.locator("#clock")).to_contain_text("Time is up.")
    held[0].continue_()
    expect(page.get_by_role("button", name="Begin part 2")).to_be_visible()
    assert given(attempt) == {3: "In time."}


def test_two_tabs_are_one_attempt(page: Page, attempt, context: BrowserContext):
    other = context.new_page()
    other.goto(address(attempt))
    page.get_by_role("radio", name="one").check()
    wait_until(lambda: given(attempt) == {1: 1})
    other.locator("textarea").fill("From the other tab.")
    wait_until(lambda: given(attempt) == {1: 1, 3: "From the other tab."})
    hand_in(other)
    expect(other.get_by_role("button", name="Begin part 2")).to_be_visible()
    page.get_by_role("radio", name="three").click()  # and the page leads on
    expect(page.get_by_role("button", name="Begin part 2")).to_be_visible()
    assert given(attempt) == {1: 1, 3: "From the other tab."}


def test_a_lost_connection_loses_nothing(page: Page, attempt, context: BrowserContext, trouble):
    context.set_offline(True)
    page.get_by_role("radio", name="two").check()
    page.locator("textarea").fill("Written without a connection.")
    page.locator("textarea").blur()
    expect(page.locator("#connection")).to_contain_text("No connection.")
    assert given(attempt) == {}
    context.set_offline(False)
    wait_until(lambda: given(attempt) == {1: 2, 3: "Written without a connection."})
    expect(page.locator("#connection")).to_be_empty()
    trouble[:] = [one for one in trouble if "ERR_INTERNET_DISCONNECTED" not in one]


def test_it_fits_a_telephone(page: Page, attempt):
    resize(page, 360, 740)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.locator("#clock")).to_be_in_viewport()
    page.get_by_text("Hand in …").click()
    expect(page.get_by_role("button", name="Hand in this part")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
