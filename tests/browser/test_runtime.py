"""The runtime page keeps itself up to date while it is looked at, without losing the reader's place."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.people import ask, join, make_project, manage
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

HIDE = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true})"


@pytest.fixture
def boss(installation):
    alice, boss = join("first", "alice@example.org"), join("managers", "maria@example.org")
    project = make_project()
    manage(project, boss)
    return boss, alice, project


def test_it_shows_what_happens_without_being_reloaded(page: Page, boss):
    maria, alice, project = boss
    sign_in(page, maria)
    page.goto("/runtime/")
    workers = page.get_by_role("group", name="Workers").last
    expect(workers).to_contain_text("generation@")
    page.evaluate("window.before = document.getElementById('versions')")
    turn = ask(alice, project)
    wait_until(lambda: not turn.completions.exclude(state="done").exists())
    versions = page.get_by_role("group", name="Model versions").last
    expect(versions.get_by_role("row", name="both-0").get_by_role("cell").first).to_have_text("1")
    assert page.evaluate("window.before === document.getElementById('versions')"), "what does not change is left alone"


def test_it_asks_for_nothing_while_nobody_can_see_it(page: Page, boss):
    sign_in(page, boss[0])
    page.clock.install()
    page.goto("/runtime/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/runtime/"):
        page.clock.run_for(2100)
    page.evaluate(HIDE % "true")
    asked.clear()
    page.clock.run_for(20_000)
    assert asked == []
    page.evaluate(HIDE % "false")
    with page.expect_response("**/runtime/"):
        page.clock.run_for(2100)
