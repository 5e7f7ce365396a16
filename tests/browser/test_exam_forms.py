"""An exam made from nothing in a browser, by forms alone, and taken on a telephone."""

from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from labeling.cohorts.models import Person
from labeling.exams.models import Attempt, Exam
from tests.browser.conftest import sign_in
from tests.people import join
from tests.processes import Installation

pytestmark = pytest.mark.django_db(transaction=True)


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def test_an_exam_is_made_from_nothing_and_taken(page: Page, chromium: Browser, installation: Installation):
    alice = join("first", "alice@example.org")
    sign_in(page, Person.objects.create_user("maria@example.org", name="Maria", is_staff=True))
    begin(page)
    with_a_choice(page)
    with_a_text(page)
    press(page, "Publish the exam")
    page.get_by_label("first").check()
    press(page, "Save who may take it")
    expect(page.get_by_text("Saved who may take it.")).to_be_visible()
    assert Exam.objects.get().state == "published"
    with closing(chromium.new_context(base_url=installation.url, viewport={"width": 390, "height": 844})) as phone:
        take(phone.new_page(), alice)
    assert [one.state for one in Attempt.objects.all()] == ["grading"]


def begin(page: Page) -> None:
    page.goto("/exams/")
    follow(page, "From nothing")
    page.get_by_label("Name", exact=True).fill("Kitchen")
    page.get_by_label("Qualification it gives").fill("Cooking")
    press(page, "Save the draft")
    expect(page.get_by_text("Add a part: so far it asks nothing.")).to_be_visible()


def with_a_choice(page: Page) -> None:
    follow(page, "Add a part")
    page.get_by_label("Title").fill("Eggs")
    expect(page.get_by_label("People who grade each text")).to_be_hidden()
    press(page, "Save the part")
    expect(page.get_by_text("Part 1: It has no item that counts.")).to_be_visible()
    follow(page, "Add a choice")
    page.get_by_label("Question").fill("How long does a soft egg boil?")
    page.get_by_label("Option 1", exact=True).fill("Six minutes")
    page.get_by_label("Option 2", exact=True).fill("An hour")
    page.get_by_label("right: Option 1").check()
    press(page, "Save the item")
    expect(page.get_by_text("How long does a soft egg boil?")).to_be_visible()


def with_a_text(page: Page) -> None:
    follow(page, "Add a part")
    page.get_by_label("Title").fill("Recipes")
    page.get_by_label("mean grade from 1 to 5").check()
    expect(page.get_by_label("Whoever does not pass it")).to_be_hidden()
    page.get_by_label("To pass, it takes").fill("4")
    page.get_by_label("People who grade each text").select_option("2")
    press(page, "Save the part")
    follow(page, "Add a text to write")
    page.get_by_label("Question").fill("Write down a recipe.")
    page.get_by_label("What graders go by").fill("5: one can cook by it.")
    press(page, "Save the item")
    expect(page.get_by_text("two people grade each text")).to_be_visible()


def take(phone: Page, person: Person) -> None:
    sign_in(phone, person)
    phone.goto("/tests/")
    follow(phone, "Kitchen")
    press(phone, "Begin the test")
    press(phone, "Begin part 1")
    phone.get_by_text("Six minutes").click()
    expect(phone.locator("#answered")).to_have_text("1")
    hand_in(phone)
    press(phone, "Begin part 2")
    phone.get_by_role("textbox").fill("Boil the egg.")
    expect(phone.locator("#answered")).to_have_text("1")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    hand_in(phone)
    expect(phone.get_by_text("Handed in.")).to_be_visible()


def hand_in(phone: Page) -> None:
    phone.get_by_text("Hand in …").click()
    phone.get_by_role("button", name="Hand in this part").click()
