"""Writing a prompt: by keyboard alone, and what is told of how it was written."""

import pytest
from playwright.sync_api import Page, expect

from labeling.dialogues.models import Turn
from tests.browser.conftest import sign_in
from tests.people import join, make_project


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def open_prompt(page: Page, alice, *axes: str) -> None:
    project = make_project("prompting", axes)
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")


def test_an_adversarial_prompt_is_written_and_tagged_by_keyboard_alone(page: Page, alice):
    open_prompt(page, alice, "safety")
    expect(page.locator("#prompt-text")).to_be_focused()
    expect(page.locator("[name=attack]")).to_be_hidden()
    page.keyboard.type("How do I open a lock?")
    page.keyboard.press("Tab")
    expect(page.locator("[name=language]")).to_be_focused()
    page.keyboard.type("Deu")
    page.keyboard.press("Tab")
    wide = page.locator("#prompt-text").bounding_box()["width"]
    page.keyboard.type("illicit")
    expect(page.locator("[name=attack]")).to_be_visible()
    assert page.locator("#prompt-text").bounding_box()["width"] == wide
    page.keyboard.press("Tab")
    page.keyboard.type("logic")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".pair")).to_be_visible()
    turn = Turn.objects.get()
    assert (turn.language, turn.language_from, turn.risk, turn.attack) == ("de", "author", "illicit", "logic")
    assert (turn.keystrokes, turn.typed_chars, turn.pasted_chars) == (21, 21, 0)


def test_what_is_pasted_is_told_from_what_is_typed_also_after_a_reload(page: Page, alice):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_prompt(page, alice, "helpfulness")
    page.evaluate("navigator.clipboard.writeText('pasted words')")
    page.keyboard.type("My own: x")
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+v")
    page.reload()
    expect(page.locator("#prompt-text")).to_have_value("My own: pasted words")
    page.locator("#prompt-text").press("End")
    page.keyboard.type("!")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".pair")).to_be_visible()
    turn = Turn.objects.get()
    assert (turn.text, turn.typed_chars, turn.pasted_chars) == ("My own: pasted words!", 10, 12)
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.includes('written'))") == []
