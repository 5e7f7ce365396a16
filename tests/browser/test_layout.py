"""Forms and tables of managers' pages, as they stand on the screen."""

import pytest
from playwright.sync_api import Page, expect

from labeling.cohorts.models import Person
from tests.browser.conftest import SETTLED, resize, sign_in
from tests.people import make_project, manage
from tests.processes import wait_until
from tests.projects.rounds import draft_of, url, version


@pytest.fixture
def maria(transactional_db) -> Person:
    person = Person.objects.create_user("maria@example.org", name="Maria Costa")
    manage(make_project(), person)
    return person


def test_fields_in_a_row_have_their_labels_and_their_numbers_on_one_line(page: Page, maria):
    draft = draft_of(maria.roles.get().project)
    sign_in(page, maria)
    for address in ("/projects/both/settings/", url(draft)):
        page.goto(address)
        expect(page.locator(".form-row").first).to_be_visible()
        page.evaluate(SETTLED)
        for row in page.locator(".form-row").all():
            for part in ("label", "input"):
                tops = {round(field.bounding_box()["y"]) for field in row.locator(part).all()}
                assert len(tops) == 1, (address, part)


def test_a_table_that_is_too_wide_shows_it_and_scrolls_by_keyboard(page: Page, maria):
    version("amber")
    resize(page, 390, 844)
    sign_in(page, maria)
    page.goto("/models/")
    table = page.get_by_role("group", name="Model versions")
    assert "linear-gradient" in table.evaluate("box => getComputedStyle(box).backgroundImage")
    table.focus()
    page.keyboard.press("ArrowRight")
    wait_until(lambda: table.evaluate("box => box.scrollLeft") > 0)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
