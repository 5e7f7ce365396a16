"""A manager takes a round from its draft to its end, while somebody works in it."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from labeling.cohorts.models import Person
from labeling.projects.models import ModelVersion, Round
from tests.browser.conftest import browsing, sign_in
from tests.browser.test_loop import judge, send, wait_for_pair
from tests.people import join, make_project, manage
from tests.processes import wait_until
from tests.projects.rounds import draft_of, version


@pytest.fixture
def project(transactional_db):
    """Helpfulness alone; its first round is in review."""
    join("first", "alice@example.org")
    made = make_project("helpful", ("helpfulness",))
    made.rounds.get().review()
    return made


@pytest.fixture
def maria(project) -> Person:
    person = Person.objects.create_user("maria@example.org", name="Maria Costa")
    manage(project, person)
    return person


@pytest.fixture
def alices(chromium: Browser, installation, project):
    """A second browser beside the manager's."""
    with browsing(chromium, installation) as context:
        page = context.new_page()
        sign_in(page, Person.objects.get(email="alice@example.org"))
        yield page


def choose(page: Page, row: int, name: str, weight: str) -> None:
    """By keyboard: typing in a select finds the option, Tab goes on to the weight."""
    page.locator(f"#id_row-{row}-model_version").focus()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type(weight)


def test_from_a_typed_draft_to_a_closed_round(page: Page, alices: Page, project, maria, trouble):
    for name in ("amber", "birch"):
        version(name)
    sign_in(page, maria)
    page.goto("/projects/helpful/")
    page.get_by_role("link", name="New round").click()
    page.get_by_text("Empty", exact=False).click()
    page.get_by_role("button", name="Make the draft").click()

    expect(page.get_by_role("heading", name="Round 2")).to_be_visible()
    page.wait_for_load_state()
    expect(page.locator(".missing")).to_contain_text("Choose 2 different model versions.")
    expect(page.get_by_text("Open round 2")).to_have_count(0)
    choose(page, 0, "amber", "3")
    choose(page, 1, "birch", "1")
    page.get_by_role("button", name="Add a model").press("Enter")
    expect(page.locator("#id_row-2-model_version")).to_be_focused()
    choose(page, 2, "helpful-1", "1")
    expect(page.locator("#id_row-0-weight")).to_have_value("3")
    expect(page.locator("#meaning")).to_contain_text("in 90.0 % of pairs")
    page.get_by_role("button", name="Remove model 3").press("Enter")
    expect(page.locator(".policy-row")).to_have_count(2)
    expect(page.get_by_role("button", name="Add a model")).to_be_focused()
    expect(page.locator("#meaning")).to_contain_text("in 100.0 % of pairs")
    page.get_by_label("Comparisons wanted").fill("2")
    page.get_by_label("Temp. from").first.fill("1.5")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator(".problems")).to_contain_text("The highest temperature lies below the lowest, 1.5.")
    assert "422" in trouble.pop()
    page.get_by_label("Temp. from").first.fill("0.5")
    page.get_by_role("button", name="Save the draft").click()

    page.get_by_text("Open round 2").click()
    page.get_by_role("button", name="Open it now").click()
    expect(page.locator(".notices")).to_contain_text("Round 2 is open")
    round_ = Round.objects.get(number=2)
    assert [(entry.model_version.name, entry.weight) for entry in round_.policy.order_by("pk")] == [
        ("amber", 3),
        ("birch", 1),
    ]
    numbers = page.locator(".count-judged")
    expect(numbers).to_have_text(re.compile(r"0\s+of about 2 comparisons judged"))

    alices.goto("/projects/helpful/work/")
    for question in ("Why is the sky blue?", "And the sea?"):
        send(alices, question)
        wait_for_pair(alices)
        judge(alices, "2")
        expect(alices.locator("#step[data-ready=true]")).to_have_count(0)
    expect(alices.get_by_text("This round has what it needs")).to_be_visible()

    expect(numbers).to_have_text(re.compile(r"2\s+of about 2 comparisons judged"))  # by itself
    expect(page.get_by_role("row", name=re.compile("amber"))).to_contain_text("of 2 judgements")
    expect(page.locator(".next")).to_contain_text("The target is reached.")  # by itself, too
    page.get_by_role("link", name="To the review").click()
    page.get_by_text("Put round 2 into review").click()
    page.get_by_role("button", name="Put it into review now").click()
    expect(page.locator(".notices")).to_contain_text("Round 2 is in review")
    alices.goto("/projects/helpful/work/")
    expect(alices.get_by_text("No round is open in this project.")).to_be_visible()
    page.get_by_role("link", name="what was judged").click()
    expect(page.locator(".judged")).to_have_count(2)
    page.get_by_role("link", name="Round 2", exact=True).click()
    page.get_by_role("link", name="To the closing").click()
    page.get_by_text("Close round 2").click()
    page.get_by_role("button", name="Close it for good").click()
    expect(page.locator(".badge-closed")).to_have_text("closed")
    expect(page.locator(".next").get_by_role("link", name="New snapshot")).to_be_visible()
    wait_until(lambda: Round.objects.get(number=2).closed_at)


def test_a_draft_is_made_without_any_script(chromium: Browser, installation, project, maria):
    for name in ("amber", "birch"):
        version(name)
    with browsing(chromium, installation, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, maria)
        page.goto("/projects/helpful/rounds/new/")
        page.get_by_text("Empty").click()
        page.get_by_role("button", name="Make the draft").click()
        page.get_by_label("Comparisons wanted").fill("500")
        page.get_by_label("Weight").first.fill("7")
        page.get_by_role("button", name="Add a model").click()
        expect(page.locator(".policy-row")).to_have_count(3)
        page.get_by_role("button", name="Remove model 2").click()
        expect(page.locator(".policy-row")).to_have_count(2)
        expect(page.get_by_label("Weight").first).to_have_value("7")
        page.locator("#id_row-0-model_version").select_option(label="amber")
        page.locator("#id_row-1-model_version").select_option(label="birch")
        page.get_by_role("button", name="Save the draft").click()
        assert set(ModelVersion.objects.filter(pairpolicyentry__round__number=2).values_list("name", flat=True)) == {
            "amber",
            "birch",
        }
        page.goto("/projects/helpful/rounds/2/")
        expect(page.locator("#meaning")).to_contain_text("in 100.0 % of pairs")


def test_what_is_not_saved_is_not_opened_by_accident(page: Page, project, maria):
    draft_of(project, version("amber"), version("birch"))
    sign_in(page, maria)
    page.goto("/projects/helpful/rounds/2/")
    opening, unsaved = page.get_by_text("Open round 2"), page.get_by_text("Save the draft before you open it.")
    expect(opening).to_be_visible()
    expect(unsaved).to_be_hidden()
    page.get_by_label("Comparisons wanted").fill("50")
    expect(unsaved).to_be_visible()
    expect(opening).to_be_hidden()
    page.get_by_role("button", name="Save the draft").click()
    expect(opening).to_be_visible()
    saved = page.get_by_text("The draft is saved.")
    expect(saved).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("button", name="Remove model 2").click()
    expect(unsaved).to_be_visible()
    expect(saved).to_be_hidden()
    expect(opening).to_be_hidden()


def test_the_numbers_rest_while_nobody_looks(page: Page, maria):
    manage(make_project("watched"), maria)
    sign_in(page, maria)
    page.clock.install()
    page.goto("/projects/watched/rounds/1/")
    expect(page.locator("#judged")).to_have_text("0")
    with page.expect_response("**/progress/"):
        page.clock.run_for(5_000)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(30_000)
    page.evaluate("delete document.hidden")
    assert asked == []
    with page.expect_response("**/progress/"):
        page.clock.run_for(5_000)
