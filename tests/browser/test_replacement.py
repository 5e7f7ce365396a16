"""A gate stops a response while its author watches: another takes its place, and the pair can be judged."""

import pytest
from playwright.sync_api import Page, expect

from labeling.comparisons.models import Judgement
from labeling.dialogues import generation, streams
from labeling.dialogues.models import Completion
from tests.browser.test_loop import judge, open_project, send, wait_for_pair
from tests.people import join, make_project, result
from tests.processes import wait_until


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def nobody_writes(installation):
    """The worker is away, so that what arrives, and when, is for the test to say; it is called back to write."""
    installation.stop("generation")
    return lambda: installation.start("generation")


def watch_both(page: Page, alice, **fields) -> list[str]:
    """A pair that is being written before the annotator's eyes; the keys of A and B."""
    project = make_project("help", ("helpfulness",), **fields)
    open_project(page, alice, project)
    page.evaluate("window.untouched = true")  # gone after a reload
    send(page, "Tell me something long")
    expect(page.locator(".side")).to_have_count(2)
    for key in keys(page):
        write(key, "reset", "")
        write(key, "delta", "First words, and more")
    expect(page.get_by_text("First words")).to_have_count(2)
    return keys(page)


def write(key: str, kind: str, text: str) -> None:
    streams.client().xadd(streams.stream_key(key), {"attempt": 1, "kind": kind, "text": text})


def keys(page: Page) -> list[str]:
    return [side.get_attribute("data-key") for side in page.locator(".side").all()]


@pytest.mark.parametrize("place", [0, 1])
def test_it_is_replaced_without_a_reload_and_the_pair_is_judged_by_keyboard(page: Page, alice, nobody_writes, place):
    before = watch_both(page, alice)
    letter = "AB"[place]
    stopped = Completion.objects.get(pk=before[place])
    assert generation.store(stopped, 1, result("I am ChatGPT, made by OpenAI."))
    note = page.get_by_text(f"Response {letter} was replaced: it could not be used.")
    expect(note).to_be_visible()
    after = keys(page)
    assert after[place] != before[place] and after[1 - place] == before[1 - place]
    assert "ChatGPT" not in page.content()
    nobody_writes()
    wait_for_pair(page)
    expect(note).to_be_visible()
    texts = [Completion.objects.get(pk=key).text for key in after]
    assert page.locator(".side > .text").all_inner_texts() == texts
    judge(page, "2" if place else "7")
    wait_until(lambda: Judgement.objects.exists())
    judgement = Judgement.objects.get()
    assert str(judgement.chosen_id) == after[1 - place] and str(judgement.rejected_id) == after[place]
    assert page.evaluate("window.untouched") is True


def test_both_may_be_replaced_one_after_the_other(page: Page, alice, nobody_writes):
    for place in (0, 1):
        before = keys(page) if place else watch_both(page, alice)
        generation.store(Completion.objects.get(pk=before[place]), 1, result("..."))
        expect(page.locator(".pair-note")).to_contain_text(f"Response {'AB'[place]} was replaced")
    expect(page.locator(".pair-note")).to_contain_text("Response A was replaced")
    nobody_writes()
    wait_for_pair(page)
    judge(page, "4")
    wait_until(lambda: Judgement.objects.exists())


def test_one_whose_draws_run_out_is_asked_for_again(page: Page, alice, nobody_writes):
    before = watch_both(page, alice, max_redraws=0)
    generation.store(Completion.objects.get(pk=before[1]), 1, result("..."))
    again = page.get_by_role("button", name="Ask again for response B")
    expect(again).to_be_visible()
    expect(page.locator(".pair-note")).to_have_count(0)
    again.click()
    nobody_writes()
    wait_for_pair(page)
    judge(page, "5")
    wait_until(lambda: Judgement.objects.exists())


def test_the_same_answer_twice_is_drawn_anew_until_there_is_nothing_left_to_try(page: Page, alice):
    project = make_project("same", ("helpfulness",), sources=("scripted:same", "scripted:same"), max_redraws=1)
    open_project(page, alice, project)
    send(page, "Why?")
    expect(page.get_by_role("button", name="Ask again")).to_have_count(1)
    failed = Completion.objects.get(state="failed")
    assert "identical, identical" in failed.error
    assert "identical" not in page.content()
