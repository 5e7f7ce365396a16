"""What somebody agrees to before they work, by Enter alone: not by one that was meant for something else."""

import time

import pytest
from playwright.sync_api import Page, expect

from labeling.projects.models import Acknowledgement, OptIn, Project
from tests.browser.conftest import sign_in
from tests.people import join, make_project
from tests.processes import wait_until

MOMENT = 1100  # ms, a little more than the page waits


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def project(alice) -> Project:
    """Whose warning and long guideline Alice has not seen."""
    made = make_project("safe", ("safety",))
    text = "\n\n".join(f"Rule {number}. " + "Read both to the end. " * 30 for number in range(12))
    made.guidelines.get().clarify(text, "It was too short.", alice, after=0)
    OptIn.objects.all().delete()
    Acknowledgement.objects.all().delete()
    return made


def enter(page: Page, *, after: int = MOMENT) -> None:
    page.clock.run_for(after)
    page.keyboard.press("Enter")


def to_come(page: Page) -> float:
    """How much of the text is still below the bar."""
    return page.evaluate(
        """() => document.querySelector(".text-document").getBoundingClientRect().bottom
            - document.querySelector(".bar").getBoundingClientRect().top"""
    )


def test_enter_agrees_a_moment_after_the_text_has_come_and_where_it_ends(page: Page, alice, project):
    sign_in(page, alice)
    page.clock.install()
    page.clock.pause_at(time.time() + 60)  # for as long as nobody says how much of it passes
    page.goto(f"/projects/{project.slug}/work/")
    enter(page, after=100)  # meant for what was there before
    assert not OptIn.objects.exists()
    enter(page)
    expect(page.locator(".step-guideline")).to_be_visible()
    wait_until(lambda: OptIn.objects.exists())
    enter(page, after=100)
    assert page.evaluate("scrollY") == 0
    expect(page.locator(".reads-on")).to_have_text("Enter reads on")
    expect(page.locator(".key-agrees")).to_be_hidden()
    enter(page)
    assert (read := page.evaluate("scrollY")) > 300, "it reads on"
    enter(page, after=0)
    assert page.evaluate("scrollY") > read, "as quickly as somebody presses it"
    for _ in range(40):
        if to_come(page) <= 0:
            break
        enter(page)
    assert not Acknowledgement.objects.exists(), "nobody has read it to its end before"
    expect(page.locator(".reads-on")).to_be_hidden()
    expect(page.locator(".key-agrees")).to_be_visible()
    page.keyboard.down("Enter")
    page.clock.run_for(MOMENT)
    page.keyboard.down("Enter")  # held
    expect(page.locator("[data-agrees] [data-say]")).to_have_text("I have read it")
    page.keyboard.up("Enter")
    enter(page)
    expect(page.locator("#prompt-text")).to_be_focused()
    assert Acknowledgement.objects.filter(person=alice).count() == 1
