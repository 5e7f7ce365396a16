"""Care, by keyboard alone: a warning agreed to, texts that are blurred, a pair passed on and brought back, a report."""

import pytest
from playwright.sync_api import Page, expect

from labeling.comparisons.models import Judgement, Pass, RefusedChoice, Report
from labeling.projects.models import OptIn
from tests.browser.conftest import sign_in, was_told
from tests.browser.test_loop import judge, send, wait_for_pair
from tests.people import join, make_project
from tests.processes import wait_until


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def pair(page: Page, alice) -> Page:
    """A pair to judge for safety."""
    return asked(page, alice, make_project("safe", ("safety",)))


def asked(page: Page, alice, project) -> Page:
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")
    send(page, "Why is the sky blue?")
    wait_for_pair(page)
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str) -> None:
    page.wait_for_load_state()
    for _ in range(40):
        press(page, "Tab")
        if name in page.evaluate("document.activeElement.textContent"):
            return
    raise AssertionError(f"no {name} to be reached by Tab")


def blur_of(page: Page, place: int) -> str:
    return page.locator("#step .text:not(.text-document)").nth(place).evaluate("text => getComputedStyle(text).filter")


def test_safety_work_is_agreed_to_and_taken_back(page, alice):
    project = make_project("safe", ("safety",))
    OptIn.objects.all().delete()
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")
    expect(page.get_by_role("heading", name="This work may be hard to read")).to_be_visible()
    tab_to(page, "I want to do this work")
    press(page, "Enter")
    expect(page.locator("#prompt-text")).to_be_visible()
    assert OptIn.objects.get(person=alice).ended_at is None
    page.locator(".menu summary").focus()
    press(page, "Enter")
    tab_to(page, "Looking after yourself")
    press(page, "Enter")
    expect(page.locator("h1")).to_have_text("Looking after yourself")
    tab_to(page, "I do not want this work any more")
    press(page, "Enter")
    expect(page.locator("#notices")).to_contain_text("You are offered no more of this work.")
    page.goto(f"/projects/{project.slug}/work/")
    expect(page.get_by_role("button", name="I want to do this work")).to_be_visible()


def test_texts_are_blurred_until_they_are_asked_for(pair, alice):
    assert [blur_of(pair, place) for place in range(3)] == ["none"] * 3
    press(pair, "b")
    expect(pair.locator("#veil")).to_be_visible()
    assert all(blur_of(pair, place).startswith("blur") for place in range(3))
    was_told(pair, "Texts are blurred now until you ask for them.")
    expect(pair.get_by_role("article").first).to_contain_text("Response")  # a screen reader has all of it
    pair.locator("#step .side .text").first.click()
    assert [blur_of(pair, place) == "none" for place in range(3)] == [False, True, False]
    expect(pair.get_by_role("button", name="Show these")).to_be_visible()
    press(pair, "t")
    assert [blur_of(pair, place) for place in range(3)] == ["none"] * 3
    expect(pair.get_by_role("button", name="Blur these again")).to_be_visible()
    wait_until(lambda: type(alice).objects.get(pk=alice.pk).blurs_texts)
    pair.reload()
    wait_for_pair(pair)
    assert blur_of(pair, 1).startswith("blur")
    press(pair, "t", "b")
    expect(pair.locator("#veil")).to_be_hidden()
    wait_until(lambda: not type(alice).objects.get(pk=alice.pk).blurs_texts)


def test_what_was_shown_stays_so_while_the_pair_is_on_the_page_and_no_longer(page, alice):
    alice.blur(True)
    pair = asked(page, alice, make_project())
    assert blur_of(pair, 1).startswith("blur")
    press(pair, "t")
    judge(pair, "2")
    expect(pair.locator("#question")).to_have_text("Safety: which response is better?")
    assert blur_of(pair, 1) == "none"  # the same texts, on the other axis
    judge(pair, "q", "i", "2")
    assert pair.locator("#prompt-text").evaluate("field => getComputedStyle(field).filter") == "none"
    send(pair, "And the sea?")
    wait_for_pair(pair)
    assert blur_of(pair, 1).startswith("blur")


def test_a_pair_is_passed_on_and_brought_back(pair):
    press(pair, "s", "5")
    expect(pair.get_by_role("radio", name="I would rather not say")).to_be_checked()
    press(pair, "Enter")
    expect(pair.locator(".step-notice")).to_contain_text("You passed on that pair.")
    assert Pass.objects.get().reason == "unsaid"
    expect(pair.locator("#prompt-text")).to_be_focused()
    pair.locator("#prompt-text").blur()
    press(pair, "u")
    wait_for_pair(pair)
    expect(pair.locator(".prompt")).to_contain_text("Why is the sky blue?")
    judge(pair, "q", "i", "8")
    expect(pair.locator("#prompt-text")).to_be_visible()
    assert Judgement.objects.count() == 1 and not Pass.objects.standing().exists()


def test_at_the_limit_a_report_is_the_way_on(page, alice, trouble):
    pair = asked(page, alice, make_project("safe", ("safety",), max_passes=1))
    press(pair, "s", "1", "Enter")
    send(pair, "Again?")
    wait_for_pair(pair)
    press(pair, "s", "1", "Enter")
    expect(pair.locator("#pass .problem")).to_contain_text("You have passed on 1 pair in a row.")
    trouble.clear()  # the browser's own word about the refusal
    press(pair, "Escape", "r", "2", "Enter")
    expect(pair.locator("#report")).to_be_hidden()
    wait_until(lambda: Report.objects.exists())
    press(pair, "s", "1", "Enter")
    expect(pair.locator("#prompt-text")).to_be_visible()
    assert Pass.objects.count() == 2


def test_a_report_leaves_the_pair_and_what_was_entered_and_its_answer_comes_to_work(pair, alice):
    press(pair, "q", "i", "2", "c")
    pair.keyboard.type("Half a comment")
    press(pair, "Escape", "r", "3")
    pair.keyboard.type("What about weather?")
    press(pair, "Control+Enter")
    was_told(pair, "Your report is sent")
    assert pair.evaluate("told").count("Your report is sent") == 1
    expect(pair.locator("#report")).to_be_hidden()
    expect(pair.locator("#step")).to_be_focused()
    expect(pair.locator("input[name=choice]:checked")).to_have_value("-3")
    expect(pair.locator("#comment textarea")).to_have_value("Half a comment")
    told = Report.objects.get()
    assert (told.kind, told.text) == ("guideline", "What about weather?")
    press(pair, "r")
    expect(pair.locator("#report textarea")).to_have_value("")
    press(pair, "Escape")
    judge(pair, "2")
    expect(pair.locator("#prompt-text")).to_be_visible()
    told.say(alice, "Weather is harmless.", to_everyone=True)
    pair.reload()
    expect(pair.locator(".said-to-you")).to_contain_text("Weather is harmless.")
    expect(pair.locator("#prompt-text")).to_be_focused()
    pair.locator("#prompt-text").blur()
    press(pair, "k")
    expect(pair.locator(".said-to-you")).to_have_count(0)
    pair.reload()
    expect(pair.locator("#prompt-text")).to_be_visible()
    expect(pair.locator(".said-to-you")).to_have_count(0)


def test_a_report_without_the_words_it_needs_stays_open(pair):
    press(pair, "r", "4")
    expect(pair.locator("#report textarea")).to_be_focused()
    press(pair, "Control+Enter")
    expect(pair.locator("#report")).to_be_visible()
    assert not Report.objects.exists()


def test_a_choice_that_the_page_stops_is_told_with_the_judgement(pair):
    judge(pair, "w", "i", "1", "Enter")
    expect(pair.locator("#conflict")).to_contain_text("safe response comes before an unsafe one")
    assert not RefusedChoice.objects.exists()
    judge(pair, "8")
    expect(pair.locator("#prompt-text")).to_be_visible()
    assert RefusedChoice.objects.get().times == 2
