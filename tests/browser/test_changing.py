"""Nothing is lost: the last answer is a key away, and all of them are in a list."""

import pytest
from playwright.sync_api import Page, expect

from labeling.comparisons.models import Assignment, Judgement
from tests.browser.test_loop import judge, open_project, send, wait_for_pair
from tests.browser.test_reading import long, show
from tests.people import join, make_project
from tests.processes import wait_until


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def test_undo_by_keyboard_and_the_pair_one_was_at_comes_back(page: Page, alice, installation):
    project = make_project()
    open_project(page, alice, project)
    send(page, "Why is the sky blue?")
    wait_for_pair(page)
    page.keyboard.press("g")
    judge(page, "2", "e")
    expect(page.locator("#question")).to_have_text("Safety: which response is better?")
    expect(page.get_by_role("dialog", name="Safety guideline")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("open your last answer")
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("u")
    expect(page.locator(".change")).to_contain_text("You are changing an answer")
    expect(page.locator("input[name=choice]:checked")).to_have_value("-3")
    judge(page, "7")
    expect(page.locator("#question")).to_have_text("Safety: which response is better?")
    expect(page.locator("input[name=a_label]:checked")).to_have_value("safe")
    first = Assignment.objects.get(axis="helpfulness")
    assert [said.chosen for said in first.revisions.all()] == list(first.sides())


def judge_by_a_clock_that_stands(page: Page, alice, a: str, b: str) -> None:
    page.clock.install()
    show(page, alice, a, b, max_turns=2)
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 60)
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_focused()


def test_that_it_is_saved_is_shown_as_long_of_the_second_answer_as_of_the_first(page: Page, alice):
    judge_by_a_clock_that_stands(page, alice, "An apple.", "A pear.")
    page.clock.run_for(2_000)
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.locator(".change")).to_be_visible()
    judge(page, "8")
    expect(page.locator("#prompt-text")).to_be_focused()
    page.clock.run_for(2_000)
    expect(page.locator("#saved")).to_have_text("Saved")
    page.clock.run_for(1_000)
    expect(page.locator("#saved")).to_be_empty()


def test_what_said_that_it_is_saved_above_a_page_that_is_scrolled_leaves_nothing_behind(page: Page, alice):
    judge_by_a_clock_that_stands(page, alice, long("Apple", 12), long("Pear", 12))
    page.clock.run_for(100)
    expect(page.locator("#saved[data-afloat]")).to_have_text("Saved")
    page.clock.run_for(3_000)
    expect(page.locator("#saved")).to_be_empty()
    assert page.locator("#saved").evaluate("saved => saved.offsetWidth") == 0


def test_the_key_that_opened_an_answer_leaves_it_as_it_was(page: Page, alice):
    show(page, alice, "An apple.", "A pear.")
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_focused()
    page.keyboard.press("Escape")
    for shown in (".change", "#prompt-text"):
        page.keyboard.press("u")
        expect(page.locator(shown)).to_be_visible()
    page.goto("/projects/help/mine/")
    page.get_by_role("link", name="Why?").click()
    expect(page.locator(".change")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("8")
    page.keyboard.press("u")
    expect(page.get_by_role("link", name="Back to your answers")).to_be_focused()  # no key alone drops what is entered
    page.keyboard.press("Enter")
    page.wait_for_url("**/mine/")
    assert [said.degree for said in Judgement.objects.all()] == [3]


def test_no_key_undoes_anything_while_one_writes(page: Page, alice, installation):
    project = make_project("one", ("helpfulness",))
    open_project(page, alice, project)
    send(page, "Why?")
    wait_for_pair(page)
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_focused()
    page.keyboard.type("unusual")
    expect(page.locator("#prompt-text")).to_have_value("unusual")
    page.get_by_role("link", name="Undo").click()
    expect(page.locator(".change")).to_be_visible()
    page.get_by_role("link", name="Leave it as it was").click()
    expect(page.locator("#prompt-text")).to_have_value("unusual")
    assert Judgement.objects.count() == 1


def test_an_answer_is_changed_from_the_list_and_leads_back_to_it(page: Page, alice, installation):
    project = make_project("one", ("helpfulness",))
    open_project(page, alice, project)
    send(page, "Why?")
    wait_for_pair(page)
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_visible()
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Your answers here").click()
    page.get_by_role("link", name="Why?").click()
    expect(page.locator("input[name=choice]:checked")).to_have_value("-3")
    page.wait_for_load_state()
    judge(page, "8")
    expect(page.locator("#notices")).to_contain_text("Your change is saved.")
    expect(page.locator(".answer")).to_contain_text("B · Significantly better")
    wait_until(lambda: Judgement.objects.count() == 2)
