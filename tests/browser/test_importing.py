"""A manager brings in a file: sent in parts, its columns said, its rows looked at, and what fits stored."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from labeling.cohorts.models import Person
from labeling.comparisons.models import Judgement
from labeling.projects.models import Project
from tests.browser.conftest import sign_in
from tests.people import make_project, manage
from tests.processes import Installation

LONG = "Light of short waves is scattered more by the molecules of the air. " * 20


def pairs(path: Path) -> Path:
    """More than one part of it, one row without a second response, and one that comes twice."""
    rows = [{"question": f"Why is the sky blue on day {n}?", "left": LONG, "right": "The sea."} for n in range(900)]
    rows = [{**row, "winner": "A" if place % 2 else "B", "rater": "w1"} for place, row in enumerate(rows)]
    rows = [*rows, {**rows[0], "right": ""}, rows[0]]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_a_file_goes_from_the_mapping_page_to_stored_comparisons(
    page: Page, installation: Installation, tmp_path: Path
) -> None:
    manager = Person.objects.create_user("manager@example.org", name="Maria", is_staff=True)
    project: Project = make_project()
    manage(project, manager)
    sign_in(page, manager)
    page.goto(f"/projects/{project.slug}/imports/")
    page.get_by_label("File", exact=True).set_input_files(pairs(tmp_path / "pairs.jsonl"))
    page.get_by_role("button", name="Send the file").click()
    page.wait_for_url("**/columns/")
    expect(page.get_by_text("the rows come up here")).to_be_visible()
    page.get_by_label("First response").select_option("left")
    page.get_by_label("Second response").select_option("right")
    page.get_by_label("a column says it").check()
    page.locator("#id_better").select_option("winner")
    expect(page.get_by_text("20 of the first 20 rows can be stored.")).to_be_visible()
    expect(page.get_by_text("Why is the sky blue on day 3?")).to_be_visible()
    page.get_by_role("button", name="Check all rows").click()
    expect(page.get_by_role("button", name="Store 900 rows")).to_be_visible()
    expect(page.get_by_text("There is no text where there should be one.").last).to_be_visible()
    page.get_by_role("button", name="Store 900 rows").click()
    expect(page.get_by_text("900 rows are stored.")).to_be_visible()
    page.get_by_role("link", name="To round 2").click()
    expect(page.get_by_role("heading", name="Round 2")).to_be_visible()
    assert Judgement.objects.filter(imported=True).count() == 900
