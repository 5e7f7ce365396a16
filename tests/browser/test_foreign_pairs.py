"""A pair that somebody else began, as whoever judges it as well has it on the page."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Draft, Judgement
from tests.browser.conftest import sign_in, was_told
from tests.comparisons.overlapped import claim, judged_by, lapse, overlapped
from tests.people import join, make_project
from tests.processes import wait_until

A_MINUTE = 61_000  # ms
SHOWN = """shown => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => !shown });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def carol(transactional_db) -> Person:
    return join("first", "carol@example.org")


@pytest.fixture
def pair(page: Page, carol) -> Page:
    """Alice's pair in front of Carol, whose page takes a minute for as long as it is told."""
    alice = join("first", "alice@example.org")
    judged_by(alice, overlapped(make_project("both"), 2))
    page.clock.install()
    sign_in(page, carol)
    page.goto("/projects/both/work/")
    expect(page.locator("#step[data-ready=true]")).to_be_visible()
    return page


def leased(person: Person) -> Assignment:
    return Assignment.objects.of(person).get(axis="helpfulness")


def leave(page: Page, person: Person) -> None:
    """For another tab, until the leases are over and taken back."""
    page.evaluate(SHOWN, False)
    for mine in Assignment.objects.of(person):
        lapse(mine)


def come_back(page: Page) -> int:
    """What the server says of the lease."""
    with page.expect_response("**/lease/") as renewed:
        page.evaluate(SHOWN, True)
    return renewed.value.status


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_it_is_judged_by_keys_alone_and_stays_theirs_while_they_read(pair, carol):
    before = leased(carol).leased_until
    with pair.expect_response("**/lease/") as renewed:
        pair.clock.fast_forward(A_MINUTE)
    assert renewed.value.status == 204
    assert leased(carol).leased_until > before
    for theirs in ("End this conversation", "Ask for another one", "Language of the prompt"):
        expect(pair.get_by_text(theirs)).to_have_count(0)
    press(pair, "2", "Enter")
    expect(pair.locator("#question")).to_have_text("Safety: which response is better?")
    press(pair, "q", "i", "7", "Enter")
    expect(pair.locator("#prompt-text")).to_be_focused()
    press(pair, "Escape", "u")
    expect(pair.locator(".change")).to_be_visible()
    expect(pair.get_by_text("Language of the prompt")).to_have_count(0)
    press(pair, "8", "Enter")
    expect(pair.locator("#prompt-text")).to_be_focused()
    said = Judgement.objects.filter(assignment__person=carol).order_by("pk")
    assert [(one.axis, one.revision, one.degree) for one in said] == [
        ("helpfulness", 1, 3),
        ("safety", 1, 3),
        ("safety", 2, 4),
    ]


def test_an_answer_that_comes_late_since_there_was_no_connection_is_saved(pair, carol, trouble):
    pair.context.set_offline(True)
    pair.clock.fast_forward(A_MINUTE)
    expect(pair.get_by_text("No connection. What you enter is kept here.")).to_be_visible()
    expect(pair.locator("#notices [data-problem]")).to_have_count(0)
    press(pair, "2", "Enter")
    expect(pair.get_by_text("No connection. What you sent goes out by itself.")).to_be_visible()
    mine = leased(carol)
    lapse(mine)
    assert mine.slot is None and mine.leased_until < timezone.now()
    pair.context.set_offline(False)
    was_told(pair, "Saved")
    expect(pair.locator("#question")).to_have_text("Safety: which response is better?")
    mine.refresh_from_db()
    assert mine.judgement and mine.slot is not None and mine.done_at <= timezone.now()
    trouble.clear()  # of what could not be sent


def test_whoever_comes_back_has_the_pair_again_while_nobody_else_has_it(pair, carol):
    press(pair, "2")
    leave(pair, carol)
    assert leased(carol).slot is None
    assert come_back(pair) == 204
    assert Assignment.objects.of(carol).leased().count() == 2
    expect(pair.locator("#lapsed")).to_be_empty()
    press(pair, "Enter")
    expect(pair.locator("#question")).to_have_text("Safety: which response is better?")
    assert leased(carol).judgement and leased(carol).slot is not None


@pytest.fixture
def given_away(pair, carol) -> Page:
    """Carol has entered something, was away for too long, and comes back when Dave has the pair."""
    press(pair, "2", "c")
    pair.keyboard.type("It says why.")
    leave(pair, carol)
    assert claim(join("first", "dave@example.org"), leased(carol).comparison.project)
    assert come_back(pair) == 200
    expect(pair.locator("#lapsed")).to_contain_text("This pair is not kept for you any more")
    return pair


def test_whoever_comes_back_too_late_is_told_and_may_send_what_they_entered(given_away, carol):
    expect(given_away.locator("#renews")).to_have_count(0)
    expect(given_away.get_by_role("radio", name="A is better", exact=True)).to_be_checked()
    expect(given_away.get_by_label("Comment, if you like")).to_have_value("It says why.")
    press(given_away, "Control+Enter")
    was_told(given_away, "Saved")
    mine = leased(carol)
    assert (mine.judgement.comment, mine.slot) == ("It says why.", None)


def test_whoever_comes_back_too_late_may_go_on_and_what_they_entered_is_kept(given_away, carol):
    given_away.get_by_role("link", name="Go on to the next pair").click()
    expect(given_away.locator("#prompt-text")).to_be_visible()
    wait_until(lambda: Draft.objects.filter(person=carol, entered__contains="It says why.").exists())
