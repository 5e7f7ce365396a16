"""A data set asked for in a browser."""

import pytest
from playwright.sync_api import Page, expect

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment
from labeling.datasets.models import Snapshot
from labeling.projects.models import Project
from tests.browser.conftest import sign_in
from tests.datasets.judging import judge
from tests.people import answer, ask, join, make_project, manage


@pytest.fixture
def project(transactional_db, manager: Person) -> Project:
    alice = join("first", "alice@example.org")
    project = make_project("help", ("helpfulness",))
    manage(project, manager)
    turn = ask(alice, project)
    answer(turn, "First answer.", "Another one.")
    judge(Assignment.objects.get(comparison__turn=turn))
    return project


def test_what_would_be_in_it_is_shown_before_anything_is_made_and_then_its_files_are_there(
    page: Page, project: Project, manager: Person
):
    sign_in(page, manager)
    page.goto(f"/projects/{project.slug}/data/new/")
    counted = page.locator("#preview").get_by_role("row", name="Helpfulness")
    expect(counted.get_by_role("cell").first).to_have_text("1")
    page.get_by_role("button", name="Count again").click()
    expect(page.locator("#preview").get_by_role("row", name="Helpfulness")).to_be_visible()
    assert page.locator("main").count() == 1
    assert not Snapshot.objects.exists()
    page.get_by_role("button", name="Make the snapshot").click()
    expect(page.get_by_role("link", name="helpfulness/train.jsonl", exact=True)).to_be_visible()
    assert Snapshot.objects.get().state == "ready"
