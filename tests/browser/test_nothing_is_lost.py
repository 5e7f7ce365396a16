"""What one sends arrives, whatever happens to the browser, the connection or the server; one judgement each."""

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from labeling.comparisons.models import Assignment, Draft
from labeling.dialogues import generation
from labeling.dialogues.models import Turn
from tests.browser.conftest import FLAGS, browsing, intercept, sign_in
from tests.browser.test_loop import judge, open_project, send, wait_for_pair
from tests.browser.test_reading import being_written
from tests.find_chromium import installed
from tests.people import join, make_project, result
from tests.processes import PATIENCE, wait_until


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def pair(page: Page, alice) -> Assignment:
    """On the page, with both responses."""
    open_project(page, alice, make_project("help", ("helpfulness",)))
    send(page, "Why?")
    wait_for_pair(page)
    return Assignment.objects.get()


@pytest.fixture
def outages(page: Page, trouble):
    """The browser and htmx complain about every request that found no connection, or no server, or was taken back."""
    yield
    expected = (
        "net::ERR_",
        "htmx: htmx:",
        "signal is aborted",
    )  # the last by htmx, of a stream that it had opened again
    trouble[:] = [line for line in trouble if not any(words in line for words in expected)]


def test_what_is_sent_without_a_connection_goes_out_when_it_is_back(page: Page, pair, context, outages):
    context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("What you enter is kept here.")
    judge(page, "2")
    expect(page.locator("#connection")).to_contain_text("What you sent goes out by itself.")
    expect(page.locator(".submit")).to_contain_text("Waiting to send")
    assert not pair.revisions.exists()
    context.set_offline(False)
    expect(page.locator("#prompt-text")).to_be_focused()
    expect(page.locator("#connection")).to_be_empty()
    assert pair.revisions.get().degree == 3


def test_an_answer_that_is_changed_while_it_waits_is_not_the_one_that_is_sent(page: Page, pair, context, outages):
    context.set_offline(True)
    judge(page, "2")
    expect(page.locator(".submit")).to_contain_text("Waiting to send")
    page.keyboard.press("8")
    expect(page.locator(".submit")).to_contain_text("Submit")
    context.set_offline(False)
    expect(page.locator("#connection")).to_be_empty()
    assert not pair.revisions.exists()
    page.keyboard.press("Enter")
    expect(page.locator("#prompt-text")).to_be_visible()
    assert (pair.revisions.get().chosen, pair.revisions.get().degree) == (pair.sides()[1], 4)


def test_a_prompt_goes_out_when_the_connection_is_back(page: Page, pair, context, outages):
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_focused()
    context.set_offline(True)
    page.keyboard.type("And then?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer [data-say]")).to_have_text("Waiting to send")
    context.set_offline(False)
    wait_for_pair(page)
    assert Turn.objects.filter(text="And then?").count() == 1


def test_an_answer_whose_receipt_was_lost_is_one_judgement(page: Page, pair, outages):
    """The server had it, and the connection broke before it could say so."""
    lost = []

    def lose_the_first(route):
        if not lost:
            lost.append(route.fetch().status)
            return route.abort()
        return route.continue_()

    intercept(page, "**/judgements/", lose_the_first)
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_visible()
    assert lost == [200]
    assert pair.revisions.count() == 1


def test_a_server_that_restarts_during_a_submit_gets_one_judgement(page: Page, pair, installation, outages):
    installation.stop("web")
    judge(page, "2")
    expect(page.locator(".submit")).to_contain_text("Waiting to send")
    installation.start("web")
    expect(page.locator("#prompt-text")).to_be_visible()
    assert pair.revisions.count() == 1


def test_a_pair_that_gets_complete_while_the_server_restarts_is_shown(page: Page, alice, installation, outages):
    sides = being_written(page, alice, "Apple", "Pear")
    expect(page.locator(".side-state")).to_have_text(["Writing", "Writing"])
    installation.stop("web")
    for side in sides:
        generation.store(side, 1, result())
    installation.start("web")
    wait_for_pair(page)


def test_a_browser_that_is_killed_while_it_submits_has_said_it_once(alice, chromium, installation):
    doomed = chromium.browser_type.launch(executable_path=installed(), args=FLAGS)
    page = doomed.new_context(base_url=installation.url).new_page()
    page.set_default_timeout(1000 * PATIENCE)
    open_project(page, alice, make_project("help", ("helpfulness",)))
    send(page, "Why?")
    wait_for_pair(page)
    page.keyboard.press("2")
    wait_until(lambda: [draft.form.split(":")[0] for draft in Draft.objects.all()] == ["answer"])  # no prompt's
    answers: list[int] = []
    intercept(page, "**/judgements/", lambda route: answers.append(route.fetch().status))  # and nobody is told
    page.keyboard.press("Enter")
    wait_until(lambda: page.evaluate("1") and answers)
    running = doomed.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    os.kill(next(process["id"] for process in running if process["type"] == "browser"), signal.SIGKILL)
    with browsing(chromium, installation) as elsewhere:
        again = elsewhere.new_page()
        sign_in(again, alice)
        again.goto("/projects/help/work/")
        expect(again.locator("#prompt-text")).to_have_value("")
    assert Assignment.objects.get().revisions.get().degree == 3


def test_pressing_twice_is_one_judgement(page: Page, pair):
    page.keyboard.press("2")
    page.evaluate("for (let i = 0; i < 3; i++) document.getElementById('judgement').requestSubmit()")
    expect(page.locator("#prompt-text")).to_be_visible()
    assert pair.revisions.count() == 1


def test_a_double_click_on_submit_judges_one_pair_and_not_the_next_axis(page: Page, alice):
    open_project(page, alice, make_project())
    send(page, "Why?")
    wait_for_pair(page)
    page.keyboard.press("2")
    page.locator(".submit").dblclick()
    expect(page.locator("#question")).to_have_text("Safety: which response is better?")
    assert Assignment.objects.filter(done_at__isnull=False).count() == 1


def test_the_back_button_shows_what_is_to_be_done_now(page: Page, pair):
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_visible()
    page.get_by_role("link", name="Tandem").click()
    page.wait_for_url("**/")
    page.go_back()
    expect(page.locator("#prompt-text")).to_be_visible()
    expect(page.locator("#judgement")).to_have_count(0)
    assert pair.revisions.count() == 1


def test_another_answer_from_a_second_tab_is_asked_about_first(page: Page, pair, context, trouble):
    second = context.new_page()
    second.goto("/projects/help/work/")
    wait_for_pair(second)
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_visible()
    judge(second, "8")
    expect(second.locator(".bar-problems")).to_contain_text("You answered this pair in another tab meanwhile.")
    expect(second.locator("#step")).to_be_focused()
    assert pair.revisions.get().degree == 3
    judge(second)
    expect(second.locator("#prompt-text")).to_be_visible()
    assert [said.degree for said in pair.revisions.order_by("revision")] == [3, 4]
