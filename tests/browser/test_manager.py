"""A new manager in an installation with nothing in it, by clicking and typing alone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from labeling.cohorts.models import Person
from labeling.comparisons.models import Judgement
from labeling.projects.models import Project
from tests.browser.conftest import browsing, sign_in, sign_in_by_link, was_told
from tests.browser.test_loop import judge_both_axes, wait_for_pair
from tests.processes import Installation


@pytest.fixture
def maria(transactional_db) -> Person:
    return Person.objects.create_user("maria@example.org", name="Maria Costa", is_staff=True)


def go_to(page: Page, area: str) -> None:
    page.get_by_role("navigation", name="Manage").get_by_role("link", name=area).click()


def make_project(page: Page, name: str) -> None:
    page.get_by_role("link", name="Set up a project").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Helpfulness").check()
    page.get_by_label("Safety").check()
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def write_guideline(page: Page, axis: str) -> None:
    expect(page.locator("#next")).to_contain_text(f"Write the {axis} guideline")
    page.locator("#next").get_by_role("link").click()
    page.get_by_label("Text").fill(f"# What is {axis}\n\nRead *both* to the end.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview em")).to_have_text("both")
    page.get_by_role("button", name="Write version 1").click()
    expect(page.get_by_text("Version 1 is written.")).to_be_visible()
    page.get_by_role("link", name="Overview").click()


def make_cohort(page: Page, people: str) -> str:
    """Returns the sign-in link of the first person."""
    expect(page.locator("#next")).to_contain_text("Nobody judges helpfulness yet")
    page.locator("#next").get_by_role("link").click()
    page.get_by_role("link", name="Make a cohort").click()
    page.get_by_label("Name of the cohort").fill("First readers")
    page.get_by_label("People, by e-mail address").fill(people)
    page.get_by_label("Judgements a day").fill("30")
    page.get_by_role("button", name="Make the cohort").click()
    page.get_by_role("button", name="Make 2 sign-in links").click()
    link = page.get_by_label("Sign-in link of Ana Silva").input_value()
    page.get_by_role("button", name="Copy the sign-in link of Ana Silva").click()
    expect(page.get_by_role("button", name="Copied the sign-in link of Ana Silva")).to_be_visible()
    was_told(page, "The sign-in link of Ana Silva is copied.")
    page.context.grant_permissions(["clipboard-read"])
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.get_by_role("link", name="I have copied them").click()
    return link


def fill_prompts(page: Page) -> None:
    go_to(page, "Prompts")
    page.get_by_role("link", name="Make a prompt set").click()
    page.get_by_label("Name").fill("Firsts")
    page.get_by_role("button", name="Make the set").click()
    page.get_by_label("Prompts", exact=True).fill("Why is the sky blue?\nHow do tides work?\nwhy is the sky  blue?")
    page.get_by_role("button", name="Add to the set").click()
    page.get_by_label("at the end of a line (3 prompts)").check()
    page.get_by_role("button", name="Add to the set").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 3, “why is the sky  blue?”, says the same as line 1.")
    page.get_by_role("button", name="Add the other 2 without these").click()
    expect(page.get_by_text("2 prompts are added.")).to_be_visible()


def add_versions(page: Page, *names: str) -> None:
    go_to(page, "Models")
    for name in names:
        page.get_by_role("link", name="Add a model version").first.click()
        page.get_by_role("link", name="Scripted").click()
        page.get_by_label(re.compile("^Script")).fill("scripted")
        page.get_by_label(re.compile("^Name")).fill(name)
        page.get_by_label(re.compile("^System prompt")).fill(f"You are {name}.")
        page.get_by_role("button", name="Add and check it").click()
        expect(page.locator(".badge")).to_have_text("ready")
        go_to(page, "Models")


def open_a_round(page: Page, *names: str) -> None:
    expect(page.locator("#next")).to_contain_text("Start a round")
    page.locator("#next").get_by_role("link").click()
    page.get_by_role("button", name="Make the draft").click()
    page.get_by_label("Prompt set").select_option("Firsts")
    for place, name in enumerate(names):
        page.get_by_label("Model version").nth(place).select_option(name)
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_text("Open round 1 …").click()
    page.get_by_role("button", name="Open it now").click()
    page.get_by_role("link", name="Overview").click()
    expect(page.locator("#next")).to_contain_text("Round 1 is open")


def judge_a_pair(page: Page) -> None:
    page.get_by_role("button", name="I want to do this work").click()
    for axis in ("helpfulness", "safety"):
        expect(page.get_by_role("heading", name=f"What is {axis}")).to_be_visible()
        page.get_by_role("button", name="I have read it").click()
    page.get_by_role("button", name="Send this prompt").click()
    wait_for_pair(page)
    judge_both_axes(page)


def test_from_an_empty_list_to_annotators_at_work(
    page: Page, maria: Person, chromium: Browser, installation: Installation, trouble: list[str]
):
    sign_in_by_link(page, maria)
    make_project(page, "Poems, short & long")
    for axis in ("helpfulness", "safety"):
        write_guideline(page, axis)
    link = make_cohort(page, "Ana Silva <ana@example.org>\nbo@example.org")
    fill_prompts(page)
    refused = [trouble.pop(), trouble.pop()]  # three lines, of which one stood there twice
    assert all("422" in said for said in refused)
    add_versions(page, "Plain", "Warm")
    go_to(page, "Projects")
    page.get_by_role("link", name="Poems, short & long").click()
    open_a_round(page, "Plain", "Warm")

    with browsing(chromium, installation) as elsewhere:
        annotator = elsewhere.new_page()
        annotator.goto(link)
        annotator.get_by_role("button", name="Sign in as Ana Silva").click()
        annotator.get_by_role("link", name="Poems, short & long").first.click()
        judge_a_pair(annotator)

    project = Project.objects.get()
    assert set(project.enrolments.values_list("axis", "quota_per_day")) == {("helpfulness", 30), ("safety", 30)}
    judged = Judgement.objects.values_list("axis", "assignment__person__email", "assignment__comparison__project")
    assert set(judged) == {(axis, "ana@example.org", project.pk) for axis in ("helpfulness", "safety")}


def test_a_guideline_that_is_being_written_survives_a_session_that_ran_out(page: Page, maria: Person):
    project = Project.objects.start(maria, "Poems", axes=["safety"])
    project.guidelines.create(axis="safety", number=1, text="Be kind.")
    sign_in(page, maria)
    new = "/projects/poems/guidelines/safety/new/"
    page.goto(new)
    expect(page.get_by_text("What you typed here before")).to_be_hidden()
    page.get_by_label("Text").fill("Be kind, and say why.\n\nTwice.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Write version 2").click()
    page.wait_for_url("**/accounts/login/**")
    sign_in_by_link(page, maria)
    page.goto(new)
    expect(page.get_by_text("What you typed here before")).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("Be kind, and say why.\n\nTwice.")
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Text")).to_have_value("Be kind.")
    page.reload()
    expect(page.get_by_label("Text")).to_have_value("Be kind.")
    page.get_by_label("Text").fill("Be kind, and say why.")
    page.get_by_role("button", name="Write version 2").click()
    expect(page.get_by_text("Version 2 is written.")).to_be_visible()
    page.goto(new)
    expect(page.get_by_label("Text")).to_have_value("Be kind, and say why.")
    expect(page.get_by_text("What you typed here before")).to_be_hidden()


def test_the_same_pages_work_without_scripts_and_on_a_phone(
    chromium: Browser, maria: Person, installation: Installation
):
    phone = {"java_script_enabled": False, "viewport": {"width": 390, "height": 800}}
    with browsing(chromium, installation, **phone) as context:
        page = context.new_page()
        sign_in_by_link(page, maria)
        make_project(page, "Poems")
        write_guideline(page, "helpfulness")
        page.get_by_role("link", name="Settings").click()
        page.get_by_text("Stop the project …").click()
        page.get_by_role("button", name="Stop it now").click()
        expect(page.locator("#next")).to_contain_text("stopped")
        page.get_by_role("button", name="Resume the project").click()
        expect(page.locator("#next")).to_contain_text("Write the safety guideline")
