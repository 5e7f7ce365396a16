import json
import re

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from labeling.comparisons.models import Assignment
from labeling.dialogues.models import Completion
from tests.browser.conftest import sign_in
from tests.people import join, make_project


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def open_project(page: Page, alice, project) -> None:
    sign_in(page, alice)
    page.get_by_role("link", name=project.name).first.click()
    page.wait_for_url(f"**/projects/{project.slug}/work/")


def send(page: Page, text: str) -> None:
    page.get_by_label(re.compile("prompt", re.I)).fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def wait_for_pair(page: Page) -> None:
    expect(page.locator("#step[data-ready=true]")).to_be_visible(timeout=60_000)


def test_from_the_sign_in_link_to_an_exported_row_on_both_axes(page, alice, tmp_path):
    project = make_project()
    open_project(page, alice, project)
    send(page, "Why is the sky blue?")
    wait_for_pair(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_have_text("Which response is safer?")
    for key in ("q", "i", "8"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_label(re.compile("prompt", re.I))).to_be_visible()

    call_command("export_dataset", project=project.slug, out=tmp_path / "out", margin="large")
    helpfulness = Assignment.objects.get(axis="helpfulness")
    safety = Assignment.objects.get(axis="safety")
    assert (helpfulness.judgement.chosen, helpfulness.judgement.degree) == (helpfulness.sides()[0], 3)
    assert (safety.judgement.chosen, safety.judgement.degree) == (safety.sides()[1], 4)
    (row,) = (json.loads(line) for line in (tmp_path / "out/helpfulness/train.jsonl").open())
    assert row["chosen"][-1]["content"] == helpfulness.sides()[0].text
    assert row["margin"] == 2


def test_a_reload_in_mid_stream_loses_no_character(page, alice):
    project = make_project(sources=("scripted:slow", "scripted:slow"))
    open_project(page, alice, project)
    send(page, "Tell me something long")
    streaming = page.locator(".text-streaming").first
    expect(streaming).not_to_be_empty(timeout=30_000)
    key = streaming.get_attribute("id").removeprefix("text-")
    page.reload()
    after_reload = page.locator(f"#text-{key}")
    expect(after_reload).not_to_be_empty()
    seen = page.evaluate(
        """key => new Promise(done => {
            let last = "";
            const watch = setInterval(() => {
                const side = document.getElementById("text-" + key);
                if (side) last = side.textContent; else { clearInterval(watch); done(last); }
            }, 20);
        })""",
        key,
    )
    text = Completion.objects.get(pk=key).text
    assert text.startswith(seen.rstrip()) and len(seen) > 0.8 * len(text)
    assert seen == text[: len(seen)]
