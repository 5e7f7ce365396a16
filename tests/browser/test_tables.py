"""A table, by keyboard: what is typed asks by itself, a head sorts and keeps the focus, one box ticks all of a page."""

import re

import pytest
from playwright.sync_api import Page, expect

from labeling.cohorts.models import Cohort, Membership, Person
from tests.browser.conftest import sign_in

MOST = 60  # people; a page has 50


@pytest.fixture
def table(page: Page, installation, manager) -> Page:
    cohort = Cohort.objects.create(name="Readers")
    cohort.join([Person.objects.create_user(f"p{n:02}@example.org", name=f"Reader {n:02}") for n in range(MOST)])
    sign_in(page, manager)
    page.goto("/people/")
    return page


def test_what_is_typed_is_searched_for_and_the_address_follows(table):
    table.get_by_role("searchbox").press_sequentially("Reader 07")
    expect(table.get_by_role("status").filter(has_text="1 is like that")).to_be_visible()
    expect(table.locator("#listing tbody tr")).to_have_count(1)
    expect(table).to_have_url(re.compile(r"q=Reader"))
    expect(table.get_by_role("searchbox")).to_be_focused()
    table.reload()
    expect(table.get_by_role("searchbox")).to_have_value("Reader 07")
    expect(table.locator("#listing tbody tr")).to_have_count(1)


def test_a_head_sorts_and_stays_in_focus_and_pages_go_on_from_there(table):
    head = table.get_by_role("link", name="Name", exact=True)
    head.focus()
    table.keyboard.press("Enter")
    sorted_ = table.get_by_role("columnheader", name="Name")
    expect(sorted_).to_have_attribute("aria-sort", "ascending")
    expect(head).to_be_focused()
    table.keyboard.press("Enter")
    expect(sorted_).to_have_attribute("aria-sort", "descending")
    expect(table.locator("#listing tbody tr").first).to_contain_text(f"Reader {MOST - 1}")
    table.get_by_role("link", name="Next page").press("Enter")
    expect(table.locator("#listing tbody tr").first).to_contain_text("Reader 09")
    expect(table).to_have_url(re.compile(r"sort=-name&after="))


def test_one_box_ticks_a_page_and_what_is_pressed_is_done_to_it(table):
    table.get_by_role("searchbox").press_sequentially("Reader 1")
    expect(table.locator("#listing tbody tr")).to_have_count(10)
    table.get_by_label("Tick all on this page").check()
    table.get_by_role("link", name="What to do with those who are ticked").click()
    table.get_by_label("Pause, because").fill("A rest.")
    table.get_by_role("button", name="Pause them").click()
    expect(table.get_by_text("10 people are paused.")).to_be_visible()
    assert Membership.objects.paused().count() == 10
    expect(table.locator("#listing tbody .badge-wrong")).to_have_count(10)
