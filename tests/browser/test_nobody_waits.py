"""Nobody watches a GPU: pairs from stock, a second conversation, and a required comment, by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from labeling.comparisons.models import Comparison, Judgement
from labeling.dialogues.models import Dialogue
from labeling.projects.models import Project, PromptSet
from tests.browser.test_loop import judge, open_project, send, wait_for_pair
from tests.people import join, make_project
from tests.processes import wait_until


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def stocked(slug: str, *prompts: str) -> Project:
    """A project whose installation fills its stock by itself."""
    project = make_project(slug, ("helpfulness",), stock_low=1, stock_high=len(prompts))
    prompt_set = PromptSet.objects.create(name=slug)
    for text in prompts:
        prompt_set.prompts.create(text=text)
    project.rounds.update(prompt_set=prompt_set)
    wait_until(lambda: Comparison.objects.exclude(ready_at=None).count() == len(prompts))
    return project


def test_a_handed_out_prompt_comes_with_its_responses_and_so_does_the_next(page: Page, alice, installation):
    project = stocked("given", "Why is grass green?", "Why do leaves fall?")
    Project.objects.update(allows_own_prompts=False)
    open_project(page, alice, project)
    page.get_by_role("button", name="Send this prompt").click()
    wait_for_pair(page)
    assert Dialogue.objects.filter(author=alice).count() == 1
    first = page.locator(".prompt .text").inner_text()
    judge(page, "3")
    expect(page.locator(".prompt .text")).not_to_have_text(first)
    wait_for_pair(page)
    judge(page, "6")
    wait_until(lambda: Judgement.objects.count() == 2)
    assert Dialogue.objects.filter(author=alice).count() == 2


def test_another_pair_is_judged_while_ones_own_is_being_written(page: Page, alice, installation):
    project = stocked("meanwhile", "Why is grass green?")
    installation.stop("generation")
    open_project(page, alice, project)
    send(page, "My own question?")
    expect(page.get_by_role("button", name="Judge another pair meanwhile")).to_be_visible()
    page.keyboard.press("m")
    wait_for_pair(page)
    expect(page.locator(".prompt .text")).to_have_text("Why is grass green?")
    judge(page, "2")
    expect(page.locator(".prompt .text")).to_have_text("My own question?")
    installation.start("generation")
    wait_for_pair(page)
    judge(page, "7")
    wait_until(lambda: Judgement.objects.count() == 2)


def test_a_second_conversation_goes_on_while_the_first_is_being_written(page: Page, alice, installation):
    project = make_project("two", ("helpfulness",))
    installation.stop("generation")
    open_project(page, alice, project)
    send(page, "First?")
    expect(page.get_by_role("link", name="Begin another conversation")).to_be_visible()
    page.keyboard.press("n")
    send(page, "Second?")
    expect(page.locator(".prompt .text")).to_have_text("Second?")
    installation.start("generation")
    wait_for_pair(page)
    first = page.locator(".prompt .text").inner_text()
    judge(page, "1")
    expect(page.locator(".prompt .text")).not_to_have_text(first)
    wait_for_pair(page)
    judge(page, "8")
    wait_until(lambda: Judgement.objects.count() == 2)


def test_a_required_comment_is_asked_for_and_kept(page: Page, alice, installation):
    project = make_project("why", ("helpfulness",), requires_comment=True)
    open_project(page, alice, project)
    send(page, "Why?")
    wait_for_pair(page)
    judge(page, "2")
    expect(page.locator("#judgement [data-say]")).to_have_text("Write a comment")
    expect(page.get_by_label("Comment: what decided it")).to_be_focused()
    page.keyboard.type("The first is shorter.")
    expect(page.locator("#judgement [data-say]")).to_have_text("Submit")
    page.keyboard.press("Control+Enter")
    wait_until(lambda: Judgement.objects.filter(comment="The first is shorter.").count() == 1)


def test_a_required_reason_is_ticked_under_a_response(page: Page, alice, installation):
    project = make_project("reasons", ("helpfulness",), reasons=["shorter", "more accurate"], requires_reasons=True)
    open_project(page, alice, project)
    send(page, "Why?")
    wait_for_pair(page)
    judge(page, "2")
    expect(page.locator("#judgement [data-say]")).to_have_text("Tick a reason")
    page.get_by_role("group", name="Reasons about response B").get_by_text("more accurate").click()
    expect(page.locator("#judgement [data-say]")).to_have_text("Submit")
    page.keyboard.press("Enter")
    wait_until(lambda: Judgement.objects.filter(rejected_reasons=["more accurate"]).count() == 1)
