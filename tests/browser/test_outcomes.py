"""What one may say of a pair in place of a judgement, by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from labeling.comparisons.models import Judgement, Report
from tests.browser.conftest import resize, sign_in
from tests.people import join, make_project


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def pair(page: Page, alice) -> Page:
    """A pair to judge in a project with both axes."""
    project = make_project()
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")
    page.locator("#prompt-text").fill("Why is the sky blue?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#step[data-ready=true]")).to_be_visible()
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_pair_cannot_be_judged(pair):
    press(pair, "x", "2")
    expect(pair.get_by_role("radio", name="I do not understand the subject")).to_be_checked()
    press(pair, "Escape")
    expect(pair.locator("#cannot")).to_be_hidden()
    expect(pair.locator("#step")).to_be_focused()  # Enter would submit
    expect(pair.locator("input[name=choice]:checked")).to_have_count(0)
    press(pair, "x", "5")
    pair.keyboard.type("1 and g are no keys here")
    press(pair, "Control+Enter")
    expect(pair.locator("#prompt-text")).to_be_visible()
    said = Judgement.objects.order_by("pk")
    assert [(one.axis, one.cannot_reason, one.comment) for one in said] == [
        ("helpfulness", "other", "1 and g are no keys here"),
        ("safety", "other", "1 and g are no keys here"),
    ]
    assert said[0].elapsed_seconds > 0


@pytest.mark.parametrize(
    ("key", "words"), [("x", "Choose why the pair cannot be judged."), ("r", "Choose what the problem is.")]
)
def test_a_panel_says_in_its_place_that_a_reason_is_missing(pair, key, words):
    press(pair, key, "Enter")
    problem = pair.locator(".panel:not([hidden]) [role=alert]")
    expect(problem).to_have_text(words)
    expect(pair.locator(".panel:not([hidden]) [name=reason]").first).to_be_focused()
    expect(pair.locator(".panel:not([hidden]) [role=radiogroup]")).to_have_attribute("aria-invalid", "true")
    press(pair, "1")
    expect(problem).to_be_hidden()
    assert not Judgement.objects.exists() and not Report.objects.exists()


def test_a_reason_that_needs_words_says_so_before_it_is_sent(pair):
    press(pair, "x", "5", "Control+Enter")
    expect(pair.locator("#cannot [role=alert]")).to_have_text("Say in a few words what it is.")
    words = pair.locator("#cannot textarea")
    expect(words).to_be_focused()
    assert words.evaluate("field => document.getElementById(field.getAttribute('aria-describedby')).textContent")
    pair.keyboard.type("It is empty")
    expect(pair.locator("#cannot [role=alert]")).to_be_hidden()
    press(pair, "Control+Enter")
    expect(pair.locator("#prompt-text")).to_be_visible()


def test_what_is_entered_in_the_bar_scrolls_no_text_away(pair):
    """Also by Enter while nothing is chosen, and by a letter of a comment."""
    resize(pair, 1280, 500)
    pair.evaluate("scrollTo({ top: 20, behavior: 'instant' })")
    press(pair, "Enter")
    expect(pair.get_by_role("radio", name="A is better: significantly")).to_be_focused()
    press(pair, "c", "a", "b", "Escape", "x", "Escape")
    expect(pair.locator("#step")).to_be_focused()
    expect(pair.get_by_role("textbox", name="Comment")).to_have_value("ab")
    assert pair.evaluate("scrollY") == 20


def test_escape_leaves_the_prompt_so_that_keys_work_again(page, alice, project):
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")
    page.locator("#prompt-text").press("?")
    expect(page.locator("#prompt-text")).to_have_value("?")
    press(page, "Escape", "?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
