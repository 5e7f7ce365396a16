"""What stands where in the workbench when there is little room, or much."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from labeling.projects.models import Project
from tests.browser.conftest import SETTLED, resize
from tests.browser.test_reading import CODE, box, by_themselves, long, show
from tests.people import join
from tests.processes import wait_until


@pytest.fixture
def pair(page: Page, transactional_db) -> Page:
    show(page, join("first", "alice@example.org"), f"{CODE}\n\n{long('Apple', 6)}", long("Pear", 6), ("safety",))
    return page


def area(page: Page, selector: str) -> Any:
    return page.locator(selector).first.bounding_box()


def covered(page: Page) -> float:
    """Pixels at the foot of the window that the page keeps free of what one goes to."""
    return float(page.evaluate("parseFloat(document.documentElement.style.getPropertyValue('--bar')) || 0"))


def is_in_view(page: Page, selector: str) -> bool:
    found = area(page, selector)
    return found["y"] >= 0 and found["y"] + found["height"] <= page.viewport_size["height"]


def test_in_a_low_window_the_scale_alone_stays_over_the_text(pair):
    resize(pair, 640, 400)
    assert not is_in_view(pair, ".submit")
    assert area(pair, ".instrument")["y"] > 0.65 * 400
    wait_until(lambda: abs(covered(pair) - area(pair, ".instrument")["height"]) < 1)
    pair.keyboard.press("7")
    assert is_in_view(pair, ".degree-7")
    pair.keyboard.press("Enter")
    expect(pair.locator(".submit")).to_contain_text("Label response A")
    pair.locator(".submit").scroll_into_view_if_needed()
    assert area(pair, ".submit")["y"] >= area(pair, ".instrument")["y"] + area(pair, ".instrument")["height"]
    resize(pair, 1280, 900)
    assert is_in_view(pair, ".submit") and is_in_view(pair, ".degree-7")


def test_beside_an_open_guideline_responses_stand_side_by_side_in_lines_worth_reading(pair):
    pair.keyboard.press("g")
    for width in (1280, 1440, 1920):
        resize(pair, width, 900)
        assert box(pair, 0)["y"] == box(pair, 1)["y"], width
        assert box(pair, 1)["x"] + box(pair, 1)["width"] < area(pair, ".drawer")["x"], width
        assert area(pair, ".side > .text")["width"] >= 380, "some 45 characters"
        for degree in pair.locator(".degree").all():
            assert degree.evaluate("label => label.scrollWidth <= label.clientWidth"), (width, degree.inner_text())


def test_one_above_the_other_they_use_the_width_for_their_labels(pair):
    pair.keyboard.press("v")
    pair.keyboard.press("ArrowDown")
    text, labels = area(pair, ".side > .text"), area(pair, ".side > .labels")
    assert labels["x"] >= text["x"] + text["width"] and labels["y"] < text["y"] + 50


def test_the_rule_between_a_text_that_scrolls_by_itself_and_a_note_is_as_wide_as_the_text(pair):
    by_themselves(pair)
    for key in ("q", "i", "2", "Enter"):
        pair.keyboard.press(key)
    expect(pair.locator("#prompt-text")).to_be_focused()
    for key in ("Escape", "u"):
        pair.keyboard.press(key)
    expect(pair.locator(".side-note").first).to_be_visible()
    side, labels = area(pair, ".side-note"), area(pair, ".labels")
    assert abs((side["x"] - labels["x"]) - (labels["x"] + labels["width"] - side["x"] - side["width"])) < 1


def test_no_button_of_the_bar_breaks_its_words_on_a_telephone(pair):
    resize(pair, 360, 740)
    tops = {round(button.bounding_box()["y"]) for button in pair.locator(".bar-row .panel-button").all()}
    heights = {round(button.bounding_box()["height"]) for button in pair.locator(".bar-row .panel-button").all()}
    assert len(tops) == 1 and max(heights) < 40
    right = area(pair, ".menu")
    assert 340 < right["x"] + right["width"] <= 360


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (360, 740), (640, 400)])
def test_a_long_prompt_is_folded_so_that_the_responses_are_in_view(page, transactional_db, width, height):
    resize(page, width, height)
    show(page, join("first", "alice@example.org"), "An apple.", "A pear.", text=long("Why", 9))
    prompt, more = page.locator(".prompt > .text"), page.get_by_role("button", name="of the prompt")
    wait_until(lambda: covered(page) > 0)
    head = area(page, ".side-head")
    assert head["y"] + head["height"] <= height - covered(page)
    assert "Why 8." in prompt.inner_text(), "whoever listens has all of it"
    lines = prompt.evaluate("text => text.clientHeight / parseFloat(getComputedStyle(text).lineHeight)")
    assert round(lines) >= 2 and abs(lines - round(lines)) < 0.05, "no line is cut"
    assert more.bounding_box()["x"] - prompt.bounding_box()["x"] < 10
    expect(more).to_have_accessible_name("Show all of the prompt")
    expect(more).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("h")
    expect(more).to_have_accessible_name("Show less of the prompt")
    assert prompt.evaluate("text => text.scrollHeight <= text.clientHeight")
    assert area(page, ".side-head")["y"] > height
    more.focus()
    page.keyboard.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "false")
    assert prompt.evaluate("text => text.scrollHeight > text.clientHeight")


def test_a_long_name_takes_one_line_of_the_header_and_can_be_read_whole(page, transactional_db):
    resize(page, 360, 740)
    name = "What people ask who write to the hospital’s letter box"
    turn = show(page, join("first", "alice@example.org"), "An apple.", "A pear.", ("safety",))
    Project.objects.filter(pk=turn.dialogue.project_id).update(name=name)
    page.reload()
    page.evaluate(SETTLED)
    where, head = page.locator(".place-where"), area(page, ".top")
    assert area(page, ".place-where")["height"] < 30 and head["height"] < 90
    expect(where).to_contain_text(name)
    expect(where.locator("b")).to_have_attribute("title", name)
    expect(where.get_by_text("safety")).to_be_in_viewport(ratio=1)
    expect(page.locator(".place-done")).to_be_in_viewport(ratio=1)
    assert abs(area(page, ".place-done")["y"] - area(page, ".place-where")["y"]) < 5
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_short_prompt_has_nothing_to_unfold(pair):
    expect(pair.locator("[data-does=whole]")).to_be_hidden()
    pair.keyboard.press("h")
    assert pair.locator("#prompt-whole").evaluate("text => text.scrollHeight <= text.clientHeight")


@pytest.mark.parametrize("width", [1280, 360])
def test_that_there_is_no_connection_moves_nothing_and_covers_nothing(pair, width):
    resize(pair, width, 740)
    places = [".top", "#prompt-title", ".side-head", ".instrument"]
    before = [area(pair, place) for place in places]
    pair.context.set_offline(True)
    expect(pair.locator("#connection")).to_have_text("No connection. What you enter is kept here.")
    assert [area(pair, place) for place in places] == before
    notice = area(pair, "#connection")
    assert before[0]["y"] + before[0]["height"] <= notice["y"] <= before[1]["y"] - notice["height"]
    assert pair.locator("#connection").evaluate("words => words.scrollWidth <= words.clientWidth"), "cut off"
    pair.mouse.wheel(0, 300)
    expect(pair.locator("#connection")).to_be_in_viewport()
    assert area(pair, ".side-head")["y"] >= area(pair, "#connection")["y"] + notice["height"] - 1
    pair.context.set_offline(False)
    expect(pair.locator("#connection")).to_be_hidden()
    assert area(pair, ".instrument") == before[3]


def test_in_a_low_window_a_comment_is_written_beside_the_text_and_the_question(pair):
    resize(pair, 640, 400)
    pair.evaluate("scrollTo({ top: 200, behavior: 'instant' })")
    pair.keyboard.press("c")
    pair.keyboard.type("B rambles")
    assert pair.evaluate("scrollY") == 200
    assert is_in_view(pair, "#question") and is_in_view(pair, "#comment textarea") and is_in_view(pair, ".submit")
    scale = area(pair, ".instrument")
    assert scale["y"] > 130, "there is text to read above it"
    assert area(pair, "#comment textarea")["y"] >= scale["y"] + scale["height"]
    pair.keyboard.press("Escape")
    assert pair.evaluate("scrollY") == 200 and not is_in_view(pair, ".submit")


def test_code_that_goes_on_sideways_is_shaded_there_and_is_reached_by_keyboard(pair):
    code = pair.locator(".side pre")
    assert code.evaluate("box => getComputedStyle(box).backgroundImage").count("linear-gradient") == 4
    assert code.get_attribute("tabindex") == "0"
    code.evaluate("box => { box.firstChild.textContent = 'x = 1'; dispatchEvent(new Event('resize')); }")
    assert code.get_attribute("tabindex") is None
