"""The keys of the workbench: from one prompt to the next without a mouse, and no key that does what nobody meant."""

import time

import pytest
from playwright.sync_api import Page, Route, expect

from labeling.comparisons.models import Judgement, Report
from labeling.dialogues.models import Turn
from labeling.projects.models import PromptSet
from tests.browser.conftest import intercept, resize, sign_in, was_told
from tests.browser.test_reading import long, show
from tests.people import join, make_project
from tests.processes import wait_until

MOMENT = 1100  # ms, a little more than Enter has no effect on what has just come
CHOSEN = "input[name=choice]:checked"


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def offered(page: Page, alice) -> Page:
    """Two prompts of a set, of which one is offered."""
    project = make_project("help", ("helpfulness",), max_turns=2)
    prompts = PromptSet.objects.create(name="Everyday")
    for text in ("Why is the sky blue?", "Why is the sea salty?"):
        prompts.prompts.create(text=text)
    project.rounds.update(prompt_set=prompts)
    sign_in(page, alice)
    page.clock.install()
    page.goto(f"/projects/{project.slug}/work/")
    expect(page.locator(".suggestion")).to_be_visible()
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def send_what_is_offered(page: Page) -> None:
    expect(page.locator(".suggestion")).to_be_visible()
    page.clock.run_for(MOMENT)
    press(page, "Enter")
    expect(page.locator("#step[data-ready=true]")).to_be_visible()


def test_from_one_offered_prompt_to_the_next(offered):
    press(offered, "g")
    expect(offered.get_by_role("dialog", name="Guideline")).to_contain_text("Read both.")
    press(offered, "Escape")
    expect(offered.get_by_role("dialog", name="Guideline")).to_be_hidden()
    send_what_is_offered(offered)
    press(offered, "3", "Enter")
    expect(offered.locator("#prompt-text")).to_be_focused()
    press(offered, "Escape", "n")
    send_what_is_offered(offered)
    assert Judgement.objects.count() == 1
    assert set(Turn.objects.values_list("text", flat=True)) == {"Why is the sky blue?", "Why is the sea salty?"}


def test_an_offered_prompt_takes_nothing_that_one_has_written(offered):
    own, text = offered.locator("#prompt-text"), offered.locator(".suggestion .text").inner_text()
    press(offered, "w")
    offered.keyboard.type("My own question")
    press(offered, "Escape")
    offered.clock.run_for(MOMENT)
    press(offered, "Enter")
    expect(own).to_be_focused()  # the prompt above is not what they mean
    press(offered, "Escape", "a")
    expect(offered.locator(".suggestion .text")).not_to_have_text(text)
    expect(own).to_have_value("My own question")
    press(offered, "e")
    expect(own).to_have_value(offered.locator(".suggestion .text").inner_text())
    was_told(offered, "Ctrl Z brings back what you had written")
    counts = offered.evaluate("writing.kept(document.getElementById('composer'))")
    assert counts["typed_chars"] == len("My own question")
    press(offered, "Control+z")
    expect(own).to_have_value("My own question")


def test_letters_of_somebody_who_types_on_while_the_field_goes_are_no_keys(offered):
    offered.clock.pause_at(time.time() + 60)
    press(offered, "w")
    offered.keyboard.type("And at night")
    offered.evaluate("document.activeElement.blur()")  # as a step does that is replaced
    press(offered, "?")
    offered.clock.run_for(600)
    press(offered, "?")
    expect(offered.locator("#keys")).to_be_hidden()
    offered.clock.run_for(MOMENT)
    press(offered, "?")
    expect(offered.locator("#keys")).to_be_visible()


def test_a_conversation_is_not_ended_over_what_one_is_writing(offered):
    send_what_is_offered(offered)
    press(offered, "3", "Enter")
    expect(offered.locator("#prompt-text")).to_be_focused()
    offered.keyboard.type("And at night?")
    press(offered, "Escape", "n")
    expect(offered.locator("#prompt-text")).to_be_focused()
    expect(offered.locator("#prompt-text")).to_have_value("And at night?")


def test_down_and_space_read_on_after_a_choice_and_leave_it(page: Page, alice):
    show(page, alice, long("Apple", 12), "A pear.")
    press(page, "2")
    for key in ("ArrowDown", "Space"):
        before = page.evaluate("scrollY")
        press(page, key)
        assert page.evaluate("scrollY") > before
    press(page, "ArrowUp")
    expect(page.locator(CHOSEN)).to_have_value("-3")
    press(page, "ArrowRight")
    expect(page.locator(CHOSEN)).to_have_value("-2")


def test_an_answer_that_is_opened_again_begins_at_its_top(page: Page, alice):
    resize(page, 1280, 600)
    show(page, alice, long("Apple", 12), "A pear.", max_turns=2)
    press(page, "2", "Enter")
    expect(page.locator("#prompt-text")).to_be_focused()
    assert page.evaluate("scrollY") > 0  # the field is in view
    expect(page.locator("#saved")).to_have_css("position", "fixed")  # and so is this, wherever the head is
    press(page, "Escape", "u")
    expect(page.locator(".change")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0


def test_a_letter_in_a_panel_begins_its_words(page: Page, alice):
    show(page, alice, "An apple.", "A pear.")
    press(page, "r", "3")
    page.keyboard.type("see both")
    expect(page.locator("#report textarea")).to_have_value("see both")
    press(page, "Shift+Tab", "Control+Enter")
    expect(page.locator("#report")).to_be_hidden()
    assert Report.objects.get().text == "see both"


def test_the_legend_begins_at_its_top_and_its_key_closes_it(page: Page, alice):
    show(page, alice, "An apple.", "A pear.")
    resize(page, 1280, 400)
    press(page, "?")
    expect(page.locator("#keys-title")).to_be_in_viewport()
    press(page, "?")
    expect(page.locator("#keys")).to_be_hidden()


def test_keys_are_told_where_there_is_a_keyboard(offered):
    press(offered, "w")
    for width, height in ((1280, 860), (640, 430)):  # the same window at 200 %
        resize(offered, width, height)
        expect(offered.locator(".composer-keys")).to_be_visible()
    resize(offered, 360, 740)
    expect(offered.locator(".composer-keys")).to_be_hidden()


def test_sending_goes_to_what_is_missing_of_a_prompt(page: Page, alice, trouble):
    project = make_project("safe", ("safety",))
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")
    page.keyboard.type("How do pickpockets distract people?")
    press(page, "Control+Enter")
    expect(page.get_by_label("Risk")).to_be_focused()
    page.keyboard.type("not adversarial")
    press(page, "Control+Enter")
    expect(page.locator("#step[data-ready=true]")).to_be_visible()
    trouble.clear()  # of the first answer, a 422


def test_a_prompt_that_is_under_way_takes_no_more_letters_and_one_that_comes_back_does(page: Page, alice, trouble):
    project = make_project("help", ("helpfulness",), max_prompt_chars=200)
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")
    under_way: list[Route] = []
    intercept(page, "**/prompts/", lambda route: under_way.append(route))
    page.locator("#prompt-text").fill("Why? " * 50)
    press(page, "Control+Enter")
    expect(page.locator("#composer [data-say]")).to_have_text("Sending")
    expect(page.locator("#prompt-text")).not_to_be_editable()
    page.keyboard.type(" And then")
    expect(page.locator("#prompt-text")).to_have_value("Why? " * 50)
    wait_until(lambda: page.evaluate("1") and under_way)
    under_way[0].continue_()
    expect(page.locator("#prompt-problem")).to_contain_text("Shorten it.")
    expect(page.locator("#prompt-text")).to_be_focused()
    page.keyboard.type("And then")
    expect(page.locator("#prompt-text")).to_have_value("Why? " * 50 + "And then")
    trouble.clear()  # of that answer, a 422
