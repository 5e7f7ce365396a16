"""What somebody sees who waits for two responses."""

import re
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from labeling.comparisons.models import Assignment
from labeling.dialogues import generation
from labeling.dialogues.models import Completion, Turn
from tests.browser.conftest import intercept, sign_in, was_told
from tests.browser.test_reading import being_written
from tests.dialogues.streaming import write
from tests.people import ask, join, make_project, result
from tests.processes import wait_until
from tests.tour.world import hold


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def asked(alice, pacing: str = "own") -> Turn:
    """Of models that no worker runs."""
    project = make_project("help", ("helpfulness",), pacing=pacing, gates=[])
    with transaction.atomic():
        turn = ask(alice, project)
        hold(*turn.completions.all())
    return turn


def test_a_text_that_has_not_begun_tells_for_how_long_it_is_waited_for(page: Page, alice):
    turn = asked(alice)
    Completion.objects.update(queued_at=timezone.now() - timedelta(seconds=20))
    a, b = Assignment.objects.get(comparison__turn=turn).sides()
    b.start(1)
    write(b, ("reset", ""), ("delta", "Pear"))
    sign_in(page, alice)
    page.clock.install()
    page.clock.pause_at(time.time() + 60)  # for as long as nobody says how much of it passes
    page.goto("/projects/help/work/")
    waited = page.locator(".side-waited")
    expect(waited.first).to_have_text(re.compile(r"^\d\d+ s$"))
    before = int(waited.first.inner_text().split()[0])
    assert before >= 20
    page.clock.run_for(9_000)
    assert int(waited.first.inner_text().split()[0]) - before == 9
    expect(waited.last).to_be_hidden()
    assert page.locator(".text-streaming").first.evaluate("text => getComputedStyle(text, '::before').height") != "auto"
    assert page.evaluate("told") == []
    page.clock.resume()
    a.start(1)
    write(a, ("reset", ""), ("delta", "Apple"))
    expect(page.locator(".text-streaming").first).to_have_text("Apple")
    expect(waited.first).to_be_hidden()


def test_what_takes_minutes_is_told_in_minutes(page: Page, alice):
    asked(alice)
    Completion.objects.update(queued_at=timezone.now() - timedelta(seconds=190))
    sign_in(page, alice)
    page.goto("/projects/help/work/")
    expect(page.locator(".side-waited")).to_have_text(["3 min", "3 min"])


def test_that_both_are_complete_is_said_once(page: Page, alice):
    a, b = Assignment.objects.get(comparison__turn=asked(alice)).sides()
    sign_in(page, alice)
    page.goto("/projects/help/work/")
    expect(page.locator(".side-state")).to_have_text(["In the queue", "In the queue"])
    generation.store(a, 1, result("Apple"))
    was_told(page, "Response A is complete.")
    generation.store(b, 1, result("Pear"))
    was_told(page, "Both responses are complete. You can judge now.")
    assert "Response B is complete." not in page.evaluate("told")


def test_stopping_one_that_is_complete_by_then_says_so_and_goes_on_saying_it(page: Page, alice):
    turn = asked(alice, pacing="together")
    a, b = Assignment.objects.get(comparison__turn=turn).sides()
    sign_in(page, alice)
    page.goto("/projects/help/work/")
    expect(page.get_by_role("button", name="Stop response A")).to_be_visible()
    held: list[Route] = []
    intercept(page, f"**/{a.pk}/stops/", lambda route: held.append(route))
    with page.expect_request(f"**/{a.pk}/stops/"):
        page.keyboard.press("f")
    generation.store(a, 1, result("Apple"))
    was_told(page, "Response A is complete.")
    held.pop().continue_()
    told = "Complete: you see it when both are"
    expect(page.locator(".side-state").first).to_have_text(told)
    expect(page.locator("#announcer")).to_have_text(told)
    b.start(1)
    write(b, ("reset", ""), ("delta", "Pear, and so on, "))
    expect(page.locator(".side-state").last).to_have_text("Writing")
    expect(page.locator(".side-state").first).to_have_text(told)
    expect(page.locator(".stop")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator("#step[data-ready=true]")).to_be_visible()


def test_a_step_that_comes_too_late_takes_nothing_out_of_the_one_in_its_place(page: Page, alice):
    """As when both are stopped in a row: what the stream said, and what the key did, are answered together."""
    being_written(page, alice, "Apple", "Pear")
    held: list[Route] = []
    intercept(page, f"**{page.locator('#step').get_attribute('data-pair')}", lambda route: held.append(route))
    with page.expect_request("**" + str(page.locator("#step").get_attribute("data-pair"))):
        page.locator("#step").dispatch_event("failed")
    page.keyboard.press("f")
    expect(page.get_by_text("You stopped this response here.")).to_be_visible()
    page.evaluate(
        "document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => {"
        " if (ctx.sourceElement.id === 'step') document.body.dataset.late = ''; })"
    )
    wait_until(lambda: page.evaluate("1") and held)
    held[0].continue_()
    expect(page.locator("body[data-late]")).to_have_count(1)
    expect(page.get_by_role("button", name="End this conversation")).to_be_visible()
