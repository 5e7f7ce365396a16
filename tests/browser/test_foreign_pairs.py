"""A pair that somebody else began, as whoever judges it as well has it on the page."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Judgement
from tests.browser.conftest import sign_in
from tests.comparisons.overlapped import judged_by, lapse, overlapped
from tests.people import join, make_project

A_MINUTE = 61_000  # ms


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
    expect(pair.locator("#question")).to_have_text("Which response is safer?")
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
    assert mine.slot is None and mine.leased_until is None
    pair.context.set_offline(False)
    expect(pair.locator("#saved")).to_have_text("Saved")
    expect(pair.locator("#question")).to_have_text("Which response is safer?")
    mine.refresh_from_db()
    assert mine.judgement and mine.slot is not None and mine.done_at <= timezone.now()
    trouble.clear()  # of what could not be sent
