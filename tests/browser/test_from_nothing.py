"""From an installation in which nobody is to ten qualified annotators at work, from the pages alone.

The manager and the first two annotators are in a browser, these on a telephone; what the others do on theirs is sent
by a client, so that it does not take all day.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from labeling.cohorts.models import Person
from labeling.comparisons.models import Judgement
from labeling.exams import files
from labeling.exams.models import Attempt
from labeling.projects.models import ModelVersion, Project
from tests.browser.conftest import browsing
from tests.processes import Installation, wait_until

PHONE = {"width": 390, "height": 844}
PASSWORD = "four words of no kind"
RIGHT = {
    item["options"][item["right"][0] - 1]
    for part in tomllib.loads(files.template("language"))["part"]
    for item in part["item"]
    if item["kind"] == "choice"
}
pytestmark = pytest.mark.django_db(transaction=True)


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def test_a_manager_gets_from_nothing_to_ten_qualified_annotators_at_work(
    page: Page, chromium: Browser, installation: Installation
):
    Person.objects.create_superuser("maria@example.org", password=PASSWORD)  # as README says
    sign_in(page)
    set_up(page)
    link = invite(page)
    ask_for_the_test(page)
    open_a_round(page)
    with on_a_phone(chromium, installation) as ana, on_a_phone(chromium, installation) as bo:
        for phone, name in ((ana, "Ana"), (bo, "Bo")):
            join(phone, link, name)
            take_the_test(phone)
        for number in range(8):
            joins_and_takes_the_test(link, f"Person {number}")
        grade_everything(page)
        assert Attempt.objects.filter(state="passed").count() == 10
        follow(page, "Kitchen help")
        follow(page, "Qualifications")
        expect(page.get_by_text("10 of 10")).to_be_visible()
        Project.objects.update(overlap_share=0)  # else Bo is asked about Ana's pair first, once in seven times
        for phone in (ana, bo):
            work(phone)
    assert Judgement.objects.count() == 2


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("E-mail").fill("maria@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")


def set_up(page: Page) -> None:
    """By the one link that each page offers as what comes next."""
    follow(page, "Set up a project")
    page.get_by_label("Name", exact=True).fill("Kitchen help")
    page.get_by_label("Helpfulness").check()
    press(page, "Make the project")
    follow(page, "Write the helpfulness guideline")
    page.get_by_label("Text").fill("# Helpfulness\n\nChoose what answers the question.")
    press(page, "Write version 1")
    follow(page, "Enrol a cohort")
    follow(page, "Make a cohort")
    page.get_by_label("Name of the cohort").fill("Cooks")
    press(page, "Make the cohort")


def invite(page: Page) -> str:
    follow(page, "Invite people")
    follow(page, "Make one link for many")
    page.get_by_label("People it lets in").fill("10")
    press(page, "Make the link")
    link = page.get_by_label("Invitation link").input_value()
    follow(page, "I have copied it")
    return link


def ask_for_the_test(page: Page) -> None:
    follow(page, "Qualifications")
    follow(page, "To the exams")
    follow(page, "1. Grammar, reading and writing")
    press(page, "Save the draft")
    press(page, "Publish the exam")
    follow(page, "Ask for it in Kitchen help")
    press(page, "Ask for it")
    expect(page.get_by_text("0 of 0")).to_be_visible()


def open_a_round(page: Page) -> None:
    follow(page, "Start a round")
    press(page, "Make the draft")
    follow(page, "Add model versions first")
    for name in ("Plain", "Polite"):
        follow(page, "Add a model version")
        follow(page, "Scripted, without a model")
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("System prompt").fill(name)
        press(page, "Add and check it")
        wait_until(lambda name=name: ModelVersion.objects.get(name=name).checked_at)
        page.get_by_role("navigation", name="Manage").get_by_role("link", name="Models").click()
    follow(page, "Plain")
    follow(page, "Kitchen help, round 1")
    for place, name in enumerate(("Plain", "Polite")):
        page.get_by_label("Model version").nth(place).select_option(label=name)
    press(page, "Save the draft")
    page.get_by_text("Open round 1 …").click()
    press(page, "Open it now")
    expect(page.get_by_text("Nobody works on helpfulness yet: invite people")).to_be_visible()


@contextmanager
def on_a_phone(chromium: Browser, installation: Installation) -> Iterator[Page]:
    with browsing(chromium, installation, viewport=PHONE, has_touch=True) as opened:
        phone = opened.new_page()
        yield phone
        assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def join(phone: Page, link: str, name: str) -> None:
    phone.goto(link)
    phone.get_by_label("Your name").fill(name)
    phone.get_by_label("E-mail address").fill(f"{name.lower()}@example.org")
    for label in ("Password", "The same password again"):
        phone.get_by_label(label, exact=True).fill(PASSWORD)
    press(phone, "Join")
    expect(phone.get_by_text("Pass the test “Grammar, reading and writing” first.")).to_be_visible()


def take_the_test(phone: Page) -> None:
    follow(phone, "Go to the test")
    press(phone, "Begin the test")
    press(phone, "Begin part 1")
    expect(phone.locator("form.item")).to_have_count(21)
    for form in phone.locator("form.item").all():
        said = form.locator("label.check > span").all_inner_texts()
        form.locator("label.check").nth(next(place for place, one in enumerate(said) if one in RIGHT)).tap()
    expect(phone.locator("#answered")).to_have_text("21")
    hand_in(phone)
    press(phone, "Begin part 2")
    expect(phone.locator("textarea")).to_have_count(4)
    for text in phone.locator("textarea").all():
        text.fill("The town closed its high street, and most shopkeepers came to like it.")
    hand_in(phone)
    expect(phone.get_by_text("Handed in.")).to_be_visible()
    follow(phone, "Your projects")
    expect(phone.get_by_text("is being graded")).to_be_visible()


def hand_in(phone: Page) -> None:
    phone.get_by_text("Hand in …").tap()
    phone.get_by_role("button", name="Hand in this part").tap()


def joins_and_takes_the_test(link: str, name: str) -> None:
    client, email = Client(), f"{name.split()[1]}@example.org"
    typed = {"name": name, "email": email, "password1": PASSWORD, "password2": PASSWORD}
    client.post(link, typed, REMOTE_ADDR=ip(name))
    test = client.get("/tests/").context["standings"][0].exam
    attempt = client.post(f"/tests/{test.pk}/begin/").url
    for number in (1, 2):
        client.post(f"{attempt}begin/")
        for item in client.get(attempt).context["items"]:
            right = [one["value"] for one in item.choices if one["label"] in RIGHT]
            client.post(f"{attempt}answers/{item.key}/", {item.name: right[0] if right else "A clear text."})
        client.post(f"{attempt}parts/{number}/finish/")


def ip(name: str) -> str:
    """Everybody is at home, elsewhere: how many sign up at one address is limited."""
    return f"192.0.2.{name.split()[1]}"


def grade_everything(page: Page) -> None:
    """The first text in the browser; the others are graded as it was."""
    page.goto("/")
    follow(page, "Read and grade")
    expect(page.get_by_text("40 texts wait")).to_be_visible()
    page.locator(".chip").get_by_text("5").click()
    press(page, "Give this grade")
    expect(page.get_by_text("39 texts wait")).to_be_visible()
    client = Client()
    client.force_login(Person.objects.get(email="maria@example.org"))
    while answer := client.get("/exams/grading/").context["answer"]:
        client.post(f"/exams/grading/{answer.pk}/", {"score": "5"})
    page.reload()
    expect(page.get_by_text("No text waits for a grade.")).to_be_visible()
    page.goto("/")


def work(phone: Page) -> None:
    phone.reload()
    phone.get_by_role("link", name="Work on Kitchen help").tap()
    press(phone, "I have read it")
    phone.get_by_label("Your prompt").fill("How long do I boil an egg?")
    press(phone, "Send")
    expect(phone.locator("#step[data-ready=true]")).to_be_visible()
    phone.locator(".degree-2").tap()
    press(phone, "Submit")
    expect(phone.get_by_label("Your prompt")).to_be_visible()
