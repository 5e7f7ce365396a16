"""A manager adds model versions, watches their checks, and tries one out."""

import re

import pytest
from playwright.sync_api import Page, expect

from labeling.dialogues.models import Trial
from labeling.projects.models import ModelVersion
from tests.browser.conftest import sign_in
from tests.people import join
from tests.processes import wait_until


@pytest.fixture
def manager(transactional_db):
    person = join("managers", "manager@example.org")
    person.is_staff = True
    person.save()
    return person


def add(page: Page, kind: str, **fields: str) -> None:
    page.goto("/models/")
    page.get_by_role("link", name="Add a model version").click()
    page.get_by_role("link", name=kind).click()
    for label, text in fields.items():
        page.get_by_label(re.compile(f"^{label}")).fill(text)
    page.get_by_role("button", name="Add and check it").click()


def ask(page: Page, prompt: str, tokens: int = 256) -> None:
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_label("Tokens at most").fill(str(tokens))
    page.get_by_role("button", name="Ask", exact=True).click()


def test_a_version_is_added_checked_and_tried_out(page, manager, installation):
    sign_in(page, manager)
    installation.stop("generation")
    add(page, "Scripted", Script="scripted:slow", Name="Slow one", **{"System prompt": "Be slow."})
    expect(page.get_by_role("heading", name="Slow one")).to_be_visible()
    expect(page.locator("#check")).to_contain_text(re.compile(r"waits for a worker: [1-9]\d* second"))
    installation.start("generation")
    expect(page.locator(".badge")).to_have_text("ready")

    ask(page, "Why is the sky blue?")
    expect(page.locator("#answer .text")).not_to_be_empty()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_focused()
    expect(page.locator("#answer")).to_contain_text("came to its end")
    trial = Trial.objects.get(is_check=False)
    expect(page.locator("#answer .text")).to_have_text(trial.text)
    expect(page.locator(".numbers")).to_contain_text(f"{trial.completion_tokens} tokens")
    page.reload()
    expect(page.locator("#answer .text")).to_have_text(trial.text)


def test_an_answer_is_stopped_and_another_one_asked_for(page, manager, installation):
    sign_in(page, manager)
    add(page, "Scripted", Script="scripted:long", Name="Long one")
    expect(page.locator(".badge")).to_have_text("ready")
    ask(page, "Why?", 4000)
    expect(page.locator("#answer .text")).not_to_be_empty()
    expect(page.locator("#answer")).to_contain_text("being written")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#answer")).to_contain_text("stopped")
    expect(page.locator("#answer .text")).not_to_be_empty()
    ask(page, "And why is that?", 20)
    expect(page.locator("#answer")).to_contain_text("cut off at the longest response")
    assert list(Trial.objects.filter(is_check=False).values_list("state", flat=True)) == ["done", "cancelled"]


def test_a_reload_in_mid_answer_goes_on_where_it_was(page, manager, installation):
    sign_in(page, manager)
    add(page, "Scripted", Script="scripted:slow", Name="Slow one")
    expect(page.locator(".badge")).to_have_text("ready")
    ask(page, "Tell me something long")
    expect(page.locator("#answer .text")).not_to_be_empty()
    page.reload()
    expect(page.locator("#answer .text")).not_to_be_empty()
    expect(page.locator("#answer")).to_contain_text("came to its end")
    expect(page.locator("#answer .text")).to_have_text(Trial.objects.get(is_check=False).text)


def test_a_version_that_no_worker_can_load_says_why_and_is_checked_again(page, manager, installation):
    sign_in(page, manager)
    add(page, "Folder on the worker", Folder="nowhere", Name="Lost")
    expect(page.locator(".badge")).to_have_text("refused")
    expect(page.locator(".said")).to_contain_text("This worker has no model 'nowhere'")
    page.get_by_role("button", name="Check again").click()
    wait_until(lambda: ModelVersion.objects.get().trials.filter(state="failed").count() == 2)
    expect(page.locator(".said")).to_contain_text("This worker has no model 'nowhere'")


def test_a_branch_is_refused_before_any_worker_is_asked(page, manager, trouble):
    sign_in(page, manager)
    add(page, "Model from the Hugging Face hub", Repository="org/name", Commit="main", Name="Hub")
    expect(page.locator("#id_commit_error")).to_contain_text("40 digits")
    expect(page.get_by_label("Repository", exact=True)).to_have_value("org/name")
    assert not ModelVersion.objects.exists()
    assert "422" in trouble.pop()


def test_hostile_text_from_a_model_or_a_worker_stays_text(page, manager, installation):
    sign_in(page, manager)
    add(page, "Scripted", Script="scripted:echo", Name="Echo")
    expect(page.locator(".badge")).to_have_text("ready")
    hostile = '<hx-partial hx-target="#try">owned</hx-partial><img src=x onerror="document.title=\'owned\'">'
    ask(page, hostile)
    expect(page.locator("#answer")).to_contain_text("came to its end")
    expect(page.locator("#answer .text")).to_have_text(hostile)
    expect(page).not_to_have_title("owned")
    add(page, "Folder on the worker", Folder="<b>bold</b>", Name="Bold")
    expect(page.locator(".said")).to_contain_text("<b>bold</b>")
