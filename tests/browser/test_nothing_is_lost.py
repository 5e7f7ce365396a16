"""What one has entered outlives whatever happens to the browser, the connection or the server; one judgement each."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from labeling.comparisons.models import Assignment, Draft
from labeling.dialogues.models import Turn
from tests.browser.conftest import FLAGS, sign_in
from tests.browser.test_loop import judge, open_project, send, wait_for_pair
from tests.find_chromium import installed
from tests.people import join, make_project
from tests.processes import Installation, wait_until

NOTE = "[data-draft-note]:visible"


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def elsewhere(chromium: Browser, installation: Installation) -> Iterator[BrowserContext]:
    """Another machine."""
    opened = chromium.new_context(base_url=installation.url, viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


@pytest.fixture
def pair(page: Page, alice) -> Assignment:
    """On the page, with both responses."""
    open_project(page, alice, make_project("help", ("helpfulness",)))
    send(page, "Why?")
    wait_for_pair(page)
    return Assignment.objects.get()


def is_saved(text: str) -> None:
    """On the server."""
    wait_until(lambda: Draft.objects.filter(entered__contains=text).exists())


def comment(page: Page, text: str) -> None:
    page.keyboard.press("c")
    page.keyboard.type(text)
    page.keyboard.press("Escape")


def test_an_answer_begun_here_is_gone_on_with_on_another_machine(page: Page, pair, alice, elsewhere):
    page.keyboard.press("2")
    comment(page, "B rambles")
    is_saved("rambles")
    there = elsewhere.new_page()
    sign_in(there, alice)
    there.goto("/projects/help/work/")
    expect(there.locator(NOTE)).to_contain_text("What you entered here before is back.")
    expect(there.locator("input[name=choice]:checked")).to_have_value("-3")
    expect(there.locator("#comment textarea")).to_have_value("B rambles")
    judge(there)
    expect(there.locator("#prompt-text")).to_be_visible()
    assert pair.revisions.get().comment == "B rambles"
    wait_until(lambda: not Draft.objects.exists())


def test_one_may_start_over(page: Page, pair):
    page.keyboard.press("2")
    comment(page, "B rambles")
    page.reload()
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(NOTE)).to_have_count(0)
    expect(page.locator("input[name=choice]:checked")).to_have_count(0)
    expect(page.locator(".submit")).to_contain_text("Choose a response")
    wait_until(lambda: not Draft.objects.exists())
    page.reload()
    wait_for_pair(page)
    expect(page.locator("#comment textarea")).to_have_value("")


def test_one_has_started_over_though_the_server_does_not_know_yet(page: Page, pair, trouble):
    page.keyboard.press("2")
    comment(page, "B rambles")
    is_saved("rambles")
    page.reload()
    page.route("**/drafts/", lambda route: route.abort())
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("#comment textarea")).to_have_value("")
    Draft.objects.update(saved_at=timezone.now())  # as when an earlier save arrives late
    page.reload()
    wait_for_pair(page)
    expect(page.locator("#comment textarea")).to_have_value("")
    expect(page.locator("input[name=choice]:checked")).to_have_count(0)
    page.unroute("**/drafts/")
    page.reload()
    wait_until(lambda: not Draft.objects.exists())
    page.wait_for_function("Object.keys(localStorage).every((key) => !key.startsWith('tandem:draft'))")
    trouble.clear()  # each that was refused


def test_what_another_machine_enters_after_one_started_over_comes_back(page: Page, pair, trouble):
    page.keyboard.press("2")
    comment(page, "B rambles")
    is_saved("rambles")
    page.reload()
    page.route("**/drafts/", lambda route: route.abort())
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("#comment textarea")).to_have_value("")
    Draft.objects.update(saved_at=timezone.now() + timedelta(minutes=5))
    page.unroute("**/drafts/")
    page.reload()
    expect(page.locator("#comment textarea")).to_have_value("B rambles")
    trouble.clear()


def test_a_prompt_and_a_reason_are_drafts_too(page: Page, pair, elsewhere, alice):
    page.keyboard.press("x")
    page.keyboard.press("5")
    page.keyboard.type("It is empty")
    is_saved("It is empty")
    page.reload()
    page.keyboard.press("x")
    expect(page.locator("#cannot textarea")).to_have_value("It is empty")
    page.keyboard.press("Enter")
    expect(page.locator("#prompt-text")).to_be_focused()
    page.keyboard.type("A long question")
    is_saved("A long question")
    there = elsewhere.new_page()
    sign_in(there, alice)
    there.goto("/projects/help/work/")
    expect(there.locator("#prompt-text")).to_have_value("A long question")
    expect(there.locator(NOTE)).to_contain_text("What you entered here before is back.")


def test_a_change_of_an_answer_is_a_draft_until_one_leaves_it(page: Page, pair):
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_visible()
    page.get_by_role("link", name="Undo").click()
    expect(page.locator(".change")).to_be_visible()
    page.keyboard.press("7")
    page.reload()
    page.get_by_role("link", name="Undo").click()
    expect(page.locator("input[name=choice]:checked")).to_have_value("3")
    page.get_by_role("link", name="Leave it as it was").click()
    page.get_by_role("link", name="Undo").click()
    expect(page.locator("input[name=choice]:checked")).to_have_value("-3")
    wait_until(lambda: not Draft.objects.exists())


def test_nothing_of_it_stays_in_a_browser_once_the_server_has_it(page: Page, pair):
    page.keyboard.press("2")
    wait_until(Draft.objects.exists)
    page.wait_for_function("Object.keys(localStorage).every((key) => !key.startsWith('tandem:draft'))")


def test_what_the_server_did_not_get_is_in_the_browser_after_it_was_killed(page: Page, pair, context):
    context.set_offline(True)
    page.keyboard.press("2")
    comment(page, "B rambles")
    page.close(run_before_unload=False)
    assert not Draft.objects.exists()
    context.set_offline(False)
    again = context.new_page()
    again.goto("/projects/help/work/")
    expect(again.locator("#comment textarea")).to_have_value("B rambles")
    expect(again.locator(NOTE)).to_be_visible()
    wait_until(Draft.objects.exists)


def test_a_browser_that_is_killed_while_it_submits_has_said_it_once(alice, chromium, installation):
    doomed = chromium.browser_type.launch(executable_path=installed(), args=FLAGS)
    page = doomed.new_context(base_url=installation.url).new_page()
    page.set_default_timeout(20_000)
    open_project(page, alice, make_project("help", ("helpfulness",)))
    send(page, "Why?")
    wait_for_pair(page)
    page.keyboard.press("2")
    comment(page, "B rambles")
    is_saved("rambles")
    answers: list[int] = []
    page.route("**/judgements/", lambda route: answers.append(route.fetch().status))  # and nobody is told
    page.keyboard.press("Enter")
    wait_until(lambda: page.evaluate("1") and answers)
    running = doomed.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    os.kill(next(process["id"] for process in running if process["type"] == "browser"), signal.SIGKILL)
    again = chromium.new_context(base_url=installation.url).new_page()
    sign_in(again, alice)
    again.goto("/projects/help/work/")
    expect(again.locator("#prompt-text")).to_have_value("")
    assert Assignment.objects.get().revisions.get().comment == "B rambles"
    again.context.close()


def test_who_signs_in_next_finds_no_draft_of_somebody_else(page: Page, pair, context):
    context.route("**/drafts/", lambda route: route.abort())
    page.keyboard.press("2")
    bella = join("first", "bella@example.org")
    page.goto("/")
    context.clear_cookies()
    sign_in(page, bella)
    page.goto("/projects/help/work/")
    assert page.evaluate("[...drafts.known.keys()]") == []


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
    expect(page.locator("#connection")).to_contain_text("you need not press again")
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

    page.route("**/judgements/", lose_the_first)
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
    open_project(page, alice, make_project("help", ("helpfulness",), sources=("scripted:slow", "scripted:slow")))
    send(page, "Why?")
    expect(page.locator(".text-streaming").first).not_to_be_empty(timeout=30_000)
    installation.stop("web")
    wait_until(lambda: not Turn.objects.get().completions.exclude(state="done").exists())
    installation.start("web")
    wait_for_pair(page)


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
    expect(page.locator("#question")).to_have_text("Which response is safer?")
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
    assert pair.revisions.get().degree == 3
    judge(second)
    expect(second.locator("#prompt-text")).to_be_visible()
    assert [said.degree for said in pair.revisions.order_by("revision")] == [3, 4]
