"""Reading: how two long texts stand and scroll, in any script and on any screen; and writing what they answer."""

from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page, Route, expect

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Judgement
from labeling.dialogues import generation
from labeling.dialogues.models import Completion, Turn
from tests.browser.conftest import SETTLED, resize, sign_in, was_told
from tests.dialogues.streaming import write
from tests.people import ask, join, make_project, result
from tests.processes import wait_until
from tests.tour.world import hold

ARABIC = "السماء زرقاء لأن الضوء الأزرق يتشتت أكثر من غيره.\n\nRayleigh scattering هو السبب.\n\n```\nx = 1\n```"
CODE = "```\n" + "result = " + " + ".join(f"value_{number}" for number in range(60)) + "\n```"
TABLE = "| Name | " + " | ".join(f"Column {n}" for n in range(9)) + " |\n" + "|---" * 10 + "|\n" + "| cell " * 10 + "|"


def long(word: str, paragraphs: int) -> str:
    return "\n\n".join(f"{word} {number}. " + "Words that somebody has to read. " * 8 for number in range(paragraphs))


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def show(page: Page, alice, a: str, b: str, axes: Any = ("helpfulness",), text: str = "Why?", **fields: Any) -> Turn:
    """A pair with these texts, which no worker touches: no gate has another one written where both are alike."""
    project = make_project("help", axes, gates=[], **fields)
    with transaction.atomic():
        turn = ask(alice, project, text)
        hold(*turn.completions.all())
    sides = Assignment.objects.select_related("comparison").get(comparison__turn=turn).sides()
    for completion, text in zip(sides, (a, b), strict=True):
        generation.store(Completion.objects.get(pk=completion.pk), 1, result(text))
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")
    expect(page.locator("#step[data-ready=true]")).to_be_visible()
    page.evaluate(SETTLED)
    return turn


def box(page: Page, place: int) -> Any:
    return page.locator(".side").nth(place).bounding_box()


def test_responses_stand_as_one_chose_by_keyboard_also_after_a_reload(page: Page, alice):
    show(page, alice, long("Apple", 4), long("Pear", 8))
    assert box(page, 0)["y"] == box(page, 1)["y"]
    page.keyboard.press("v")
    expect(page.get_by_role("radio", name="side by side")).to_be_focused()
    with page.expect_response("**/view/"):
        page.keyboard.press("ArrowDown")
    assert box(page, 1)["y"] >= box(page, 0)["y"] + box(page, 0)["height"]
    page.keyboard.press("Enter")
    expect(page.locator("#view")).to_be_hidden()
    expect(page.locator("#step")).to_be_visible()
    page.reload()
    page.evaluate(SETTLED)
    assert box(page, 1)["y"] >= box(page, 0)["y"] + box(page, 0)["height"]
    assert Person.objects.get(pk=alice.pk).layout == "stacked"
    page.keyboard.press("2")
    expect(page.locator("input[name=choice]:checked")).to_have_value("-3")


def scroll_to(page: Page, place: int, share: float) -> None:
    page.evaluate(
        """([place, share]) => {
            const text = document.querySelectorAll(".side > .text")[place];
            text.scrollTop = share * (text.scrollHeight - text.clientHeight);
        }""",
        [place, share],
    )


def shares(page: Page) -> list[float]:
    return page.evaluate(
        """() => [...document.querySelectorAll(".side > .text")]
            .map((text) => text.scrollTop / (text.scrollHeight - text.clientHeight))"""
    )


def test_one_text_follows_the_other_when_that_is_wanted(page: Page, alice):
    show(page, alice, long("Apple", 12), long("Pear", 24))
    assert page.evaluate("document.querySelector('.side > .text').scrollHeight") == page.evaluate(
        "document.querySelector('.side > .text').clientHeight"
    ), "with the page, both are whole"
    page.keyboard.press("v")
    page.get_by_role("radio", name="each by itself").check()
    scroll_to(page, 0, 0.5)
    page.get_by_role("radio", name="scroll one, and the other follows").check()
    wait_until(lambda: Person.objects.get(pk=alice.pk).scrolling == "together")
    assert shares(page)[1] == 0
    page.keyboard.press("Escape")
    for place in (0, 1):
        scroll_to(page, place, 0.75)
        wait_until(lambda: all(abs(share - 0.75) < 0.01 for share in shares(page)))
        scroll_to(page, place, 0)
        wait_until(lambda: shares(page) == [0, 0])
    page.locator(".side > .text").first.hover()
    page.mouse.wheel(0, 300)
    wait_until(lambda: min(shares(page)) > 0)


def test_texts_that_scroll_by_themselves_are_read_by_keyboard_and_then_the_page_goes_on(page: Page, alice):
    show(page, alice, long("Apple", 12), long("Pear", 24))
    page.keyboard.press("v")
    page.get_by_role("radio", name="scroll one, and the other follows").check()
    page.keyboard.press("Escape")
    expect(page.locator("#step")).to_be_focused()  # at once: in what is closed a key would do nothing
    page.keyboard.press("Space")
    wait_until(lambda: min(shares(page)) > 0)
    assert page.evaluate("scrollY") == 0
    page.keyboard.press("2")
    scroll_to(page, 1, 0)
    wait_until(lambda: shares(page) == [0, 0])
    page.keyboard.press("ArrowDown")  # a choice moves with left and right alone
    wait_until(lambda: min(shares(page)) > 0)
    expect(page.locator("input[name=choice]:checked")).to_have_value("-3")
    page.keyboard.press("v")
    page.get_by_role("radio", name="each by itself").check()
    page.keyboard.press("Escape")
    expect(page.locator("#view")).to_be_hidden()
    for place in (0, 1):
        scroll_to(page, place, 0.25)
    page.keyboard.press("ArrowUp")
    wait_until(lambda: max(shares(page)) < 0.25)


def by_themselves(page: Page) -> None:
    page.keyboard.press("v")
    page.get_by_role("radio", name="each by itself").check()
    page.keyboard.press("Escape")
    expect(page.locator("#view")).to_be_hidden()


def test_a_text_that_scrolls_by_itself_is_read_by_windows_and_to_its_end_and_back(page: Page, alice):
    show(page, alice, long("Apple", 40), long("Pear", 80))
    by_themselves(page)
    for key in ("2", "Escape"):  # a choice has the focus, then nothing
        page.keyboard.press(key)
        page.keyboard.press("PageDown")
        wait_until(lambda: 0 < shares(page)[1] < shares(page)[0] < 0.5)
        page.keyboard.press("PageUp")
        wait_until(lambda: shares(page) == [0, 0])
        page.keyboard.press("End")
        wait_until(lambda: min(shares(page)) > 0.99)
        page.keyboard.press("Home")
        wait_until(lambda: shares(page) == [0, 0])
        page.evaluate("document.activeElement.blur()")
    expect(page.locator("input[name=choice]:checked")).to_have_value("-3")


def test_no_number_of_a_long_list_is_cut_in_a_text_that_scrolls_by_itself(page: Page, alice):
    show(page, alice, "".join(f"{number}. Apple\n" for number in range(1, 120)), "A pear.")
    by_themselves(page)
    room, number = page.locator(".side > .text").first.evaluate(
        """text => {
            const number = text.querySelector("li").appendChild(document.createElement("span"));
            number.textContent = "100. ";
            number.style.whiteSpace = "pre";
            const beside = text.querySelector("li").getBoundingClientRect().left - text.getBoundingClientRect().left;
            return [beside, number.getBoundingClientRect().width];
        }"""
    )
    assert room >= number


def test_each_text_keeps_its_own_direction(page: Page, alice):
    show(page, alice, ARABIC, "Plain English.")
    arabic = page.locator(".side > .text").first

    def direction(text: str) -> str:
        return arabic.get_by_text(text).first.evaluate("node => getComputedStyle(node).direction")

    assert arabic.evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert direction("x = 1") == "ltr"
    right = arabic.locator("p").first.evaluate(
        """node => { const range = document.createRange(); range.selectNodeContents(node);
            return Math.abs(range.getBoundingClientRect().right - node.getBoundingClientRect().right); }"""
    )
    assert right < 2, "Arabic begins at the right"
    english = page.locator(".side > .text").last
    assert english.evaluate("node => getComputedStyle(node).direction") == "ltr"


@pytest.mark.parametrize("wide", [CODE, TABLE], ids=["code", "a table"])
def test_what_is_too_wide_scrolls_by_itself_on_a_small_screen(page: Page, alice, wide):
    resize(page, 360, 740)
    show(page, alice, f"Look:\n\n{wide}", "Plain words.")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    scroller = page.locator(".side :is(pre, table)").first
    assert scroller.evaluate("node => node.scrollWidth > node.clientWidth")
    scroller.focus()
    page.keyboard.press("ArrowRight")
    wait_until(lambda: scroller.evaluate("node => node.scrollLeft") > 0)
    expect(page.get_by_role("button", name="View")).to_be_hidden()


def being_written(page: Page, alice, *texts: str) -> list[Completion]:
    """A pair of which so much has been written; A and B."""
    project = make_project("help", ("helpfulness",), gates=[], pacing="own")
    with transaction.atomic():
        turn = ask(alice, project)
        hold(*turn.completions.all())
    sides = Assignment.objects.select_related("comparison").get(comparison__turn=turn).sides()
    for completion, text in zip(sides, texts, strict=True):
        completion.start(1)
        write(completion, ("reset", ""), ("delta", text))
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")
    return list(sides)


def test_one_response_is_stopped_by_keyboard_and_judged_as_far_as_it_goes(page: Page, alice):
    a, b = being_written(page, alice, long("Apple", 9), "Pear")
    page.mouse.wheel(0, 400)
    wait_until(lambda: page.evaluate("scrollY") > 300)
    page.keyboard.press("f")
    expect(page.get_by_text("You stopped this response here.")).to_be_visible()
    assert page.evaluate("scrollY") > 300, "the reader's place stays"
    expect(page.get_by_role("button", name="Stop response B")).to_be_visible()
    expect(page.get_by_role("button", name="Stop response A")).to_have_count(0)
    generation.store(b, 1, result("Pear, whole."))
    expect(page.locator("#step[data-ready=true]")).to_be_visible()
    page.keyboard.press("7")
    page.keyboard.press("Enter")
    wait_until(lambda: Judgement.objects.exists())
    assert (Judgement.objects.get().chosen_id, Judgement.objects.get().rejected_id) == (b.pk, a.pk)


def test_a_response_that_is_complete_offers_no_stop_while_the_other_one_is_written(page: Page, alice):
    a, b = being_written(page, alice, "Apple", "Pear")
    generation.store(b, 1, result("Pear, whole."))
    expect(page.locator(".side-state").nth(1)).to_have_text("Complete")
    expect(page.get_by_role("button", name="Stop response A")).to_be_visible()
    expect(page.get_by_role("button", name="Stop response B")).to_have_count(0)
    page.keyboard.press("j")
    write(a, ("delta", " tree"))
    expect(page.locator(".text-streaming").first).to_have_text("Apple tree")


def test_a_stopped_response_is_asked_for_again(page: Page, alice):
    a, b = being_written(page, alice, "Apple", "Pear")
    generation.store(b, 1, result("Pear, whole."))
    expect(page.locator(".side-state").nth(1)).to_have_text("Complete")
    page.keyboard.press("f")
    expect(page.locator("#step[data-ready=true]")).to_be_visible()
    page.get_by_role("button", name="Ask for another one").click()
    expect(page.locator(f"#side-{a.pk}")).to_have_count(0)
    expect(page.locator("#step[data-ready=true]")).to_be_visible()  # a worker has written this one


def test_a_stream_that_says_nothing_at_all_says_so_and_is_asked_again(page: Page, alice):
    page.clock.install()
    held: list[Route] = []
    page.route("**/streams/turns/**", lambda route: held.append(route) if not held else route.continue_())
    with page.expect_request("**/streams/turns/**"):
        _a, b = being_written(page, alice, "Apple", "Pear")
    expect(page.locator(".side-state").nth(1)).to_have_text("Writing")
    with page.expect_response("**/pair/"):
        page.clock.run_for(17_000)
    expect(page.locator(".side")).to_have_count(2)
    write(b, ("delta", " tree"))
    expect(page.locator(".text-streaming").last).to_have_text("Pear tree")


def test_a_model_that_writes_nothing_for_a_while_is_told_from_a_server_that_is_away(page: Page, alice):
    page.clock.install()
    being_written(page, alice, "Apple", "Pear")
    expect(page.locator(".side-state").first).to_have_text("Writing")
    for _ in range(6):
        page.clock.run_for(4_000)
        page.evaluate("document.dispatchEvent(new Event('beat'))")
    said = "Nothing new for a while: wait, or stop it"
    expect(page.locator(".side-state").first).to_have_text(said)
    was_told(page, said)
