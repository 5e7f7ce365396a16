"""The workbench for who presses Tab, who tells no colours apart, and whom motion makes ill."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SETTLED, resize
from tests.browser.test_reading import CODE, long, show
from tests.people import join

ABOUT_A_SIDE = ["code", "tells how", "insults", "Safe", "False refusal"]  # Safe, unsafe: one stop, arrows in between
STOPS = [
    *["Skip to the content", "Tandem", "View", "Guideline", "Your account: Alice"],
    *[*ABOUT_A_SIDE, *ABOUT_A_SIDE, "A is better: significantly"],
    *["Comment", "Cannot be judged", "Pass", "Report", "Keys", "Label response A"],
]
NAME = """() => {
    const at = document.activeElement;
    if (at.matches("pre")) return "code";
    const named = (at.closest("label") ?? at).cloneNode(true);
    named.querySelectorAll("[aria-hidden]").forEach((part) => part.remove());
    return named.textContent.trim().replace(/\\s+/g, " ");
}"""
SEEN = """() => {
    const at = document.activeElement.closest("label") ?? document.activeElement;
    const box = at.getBoundingClientRect();
    const places = [0.1, 0.5, 0.9];
    return places.some((x) => places.some((y) => {
        const there = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
        return there && (at.contains(there) || there.contains(at) && there.closest("#step, .top") !== there);
    }));
}"""
MOVING = """() => document.getAnimations().length + [...document.querySelectorAll("*")].filter((element) => {
    const { animationName, transitionDuration } = getComputedStyle(element);
    return animationName !== "none" || !/^(0s(, )?)+$/.test(transitionDuration);
}).length"""


@pytest.fixture
def pair(page: Page, transactional_db) -> Page:
    """Two long texts with wide code in them, to be judged for safety."""
    a, b = (f"{CODE}\n\n{long(word, 9)}" for word in ("Apple", "Pear"))
    show(page, join("first", "alice@example.org"), a, b, ("safety",), reasons=["tells how", "insults"])
    return page


def stops_of(page: Page, key: str, times: int) -> list[str]:
    """What each press leads to; all of it is in view."""
    names = []
    for _ in range(times):
        page.keyboard.press(key)
        names.append(page.evaluate(NAME))
        assert page.evaluate(SEEN), f"{names[-1]} is hidden, by {key} in {page.viewport_size}"
    return names


def test_tab_goes_from_top_to_bottom_and_back_and_nothing_it_leads_to_is_hidden(pair):
    assert stops_of(pair, "Tab", len(STOPS)) == STOPS
    assert stops_of(pair, "Shift+Tab", len(STOPS) - 1) == STOPS[-2::-1]
    # A window of 1280 x 800 at 200 % has no View, and a telephone no Keys either.
    for width, height, lacking in ((640, 400, 1), (360, 740, 2)):
        resize(pair, width, height)
        pair.reload()
        pair.evaluate(SETTLED)
        there = stops_of(pair, "Tab", len(STOPS) - lacking)
        assert there[-1] == STOPS[-1]
        stops_of(pair, "Shift+Tab", len(there) - 1)


def marks(page: Page) -> list[str]:
    """What carries the mark of what is chosen."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".degree, .chips .chip")]
            .filter((label) => getComputedStyle(label, "::before").content.includes("✓"))
            .map((label) => label.querySelector("input").value)"""
    )


def test_what_is_chosen_or_wrong_is_told_by_more_than_a_colour(pair):
    assert marks(pair) == []
    for key in ("q", "o", "8"):
        pair.keyboard.press(key)
    pair.get_by_text("insults").last.click()
    assert marks(pair) == ["safe", "insults", "unsafe", "4"]
    pair.keyboard.press("p")
    heads = pair.locator(".side-head")
    assert [" ".join(head.inner_text().split()) for head in heads.all()] == [
        "Response A Safe",
        "Response B Unsafe False refusal",
    ]
    expect(pair.locator("#conflict")).to_contain_text("A is the one to choose")
    expect(pair.locator(".submit")).to_contain_text("Choose A, or change a label")


def test_reasons_are_ticked_by_keyboard(pair):
    for key in ("d", "d", "Space", "l", "Space", "8"):
        pair.keyboard.press(key)
    assert marks(pair) == ["insults", "tells how", "4"]
    pair.keyboard.press("d")
    pair.keyboard.press("d")
    expect(pair.get_by_role("checkbox", name="insults").first).to_be_focused()
    expect(pair.locator(".reasons").first).to_be_in_viewport(ratio=1)


def test_nothing_moves_for_who_asks_for_that(pair):
    pair.evaluate("tandem.complain('offline')")
    assert pair.evaluate(MOVING) > 0, "a problem comes in for others"
    pair.emulate_media(reduced_motion="reduce")
    pair.evaluate("tandem.complain('offline')")
    for key in ("2", "g", "x", "Escape", "s", "Escape", "?"):
        pair.keyboard.press(key)
        assert pair.evaluate(MOVING) == 0, key


def test_a_key_is_not_shown_while_somebody_types_and_it_does_nothing(pair):
    undo = pair.locator(".place kbd").first
    expect(undo).to_be_visible()
    pair.keyboard.press("c")
    for hint in (undo, pair.locator(".degree kbd").first, pair.locator(".panel-button kbd").first):
        expect(hint).to_be_hidden()
    expect(pair.locator(".bar .key-in-comment")).to_be_visible()
    pair.keyboard.press("Escape")
    expect(undo).to_be_visible()
