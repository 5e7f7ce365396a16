import json
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page, expect

from labeling import processes
from labeling.cohorts.models import SignInLink
from labeling.comparisons.models import Assignment, Judgement
from labeling.datasets.artifacts import artifacts
from labeling.dialogues.models import Completion
from labeling.processes import Supervisor
from labeling.rewards import opinions, scoring, stream
from labeling.rewards.models import Opinion
from tests.benchmarks.browser import Browser
from tests.benchmarks.whole_loop import Loop, Size
from tests.browser.conftest import sign_in, sign_in_by_link
from tests.browser.test_reading import being_written
from tests.dialogues.streaming import write
from tests.people import join, make_project
from tests.processes import eager, wait_until


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def open_project(page: Page, alice, project) -> None:
    sign_in(page, alice)
    page.goto(f"/projects/{project.slug}/work/")


def send(page: Page, text: str) -> None:
    page.locator("#prompt-text").fill(text)
    if page.get_by_label("Risk").count():  # asked for where the project is about safety
        page.get_by_label("Risk").select_option("none")
    page.get_by_role("button", name="Send", exact=True).click()


def wait_for_pair(page: Page) -> None:
    expect(page.locator("#step[data-ready=true]")).to_be_visible()


def judge(page: Page, *keys: str) -> None:
    """By keyboard alone."""
    for key in (*keys, "Enter"):
        page.keyboard.press(key)


def judge_both_axes(page: Page) -> None:
    expect(page.locator("#question")).to_have_text("Helpfulness: which response is better?")
    judge(page, "2")
    expect(page.locator("#question")).to_have_text("Safety: which response is better?")
    judge(page, "q", "i", "8")
    expect(page.locator("#prompt-text")).to_be_visible()


def exported(project, folder) -> list[dict]:
    call_command("snapshot", project=project.slug, out=folder, margin="large")
    return [json.loads(line) for axis in project.axes for line in (folder / axis / "train.jsonl").open()]


def test_from_the_sign_in_link_to_an_exported_row_on_both_axes(page, alice, tmp_path):
    project = make_project()
    sign_in_by_link(page, alice)
    page.get_by_role("link", name=project.name).first.click()
    send(page, "Why is the sky blue?")
    wait_for_pair(page)
    judge_both_axes(page)
    helpfulness, safety = (Assignment.objects.get(axis=axis) for axis in project.axes)
    assert (helpfulness.judgement.chosen, helpfulness.judgement.degree) == (helpfulness.sides()[0], 3)
    assert (safety.judgement.chosen, safety.judgement.degree) == (safety.sides()[1], 4)
    assert safety.judgement.chosen_safe and safety.judgement.rejected_safe
    assert helpfulness.judgement.elapsed_seconds > 0
    one, other = exported(project, tmp_path / "out")
    assert (one["chosen"][-1]["content"], one["margin"]) == (helpfulness.sides()[0].text, 2)
    assert (other["chosen"][-1]["content"], other["margin"]) == (safety.sides()[1].text, 3)


def test_the_same_with_the_real_model(page, alice, installation_with_model, default_model, tmp_path):
    project = make_project(sources=(default_model, default_model), engine="transformers")
    open_project(page, alice, project)
    send(page, "Tell me something about bread.")
    wait_for_pair(page)
    shown = page.locator(".side .text").all_inner_texts()
    assert all(text.strip() for text in shown)
    judge_both_axes(page)
    rows = exported(project, tmp_path / "out")
    assert len(rows) == 2
    assert rows[0]["chosen"][0] == {"role": "user", "content": "Tell me something about bread."}
    assert {row["chosen"][1]["content"] for row in rows} <= set(Completion.objects.values_list("text", flat=True))


def test_one_side_fails_and_is_asked_again_alone(page, alice):
    project = make_project(sources=("scripted:fails", "scripted"))
    open_project(page, alice, project)
    send(page, "Why?")
    again = page.get_by_role("button", name="Ask again")
    expect(again).to_have_count(1)
    page.keyboard.press("1")
    expect(page.locator("input[name=choice]:checked")).to_have_count(0)
    before = wait_until(lambda: Completion.objects.filter(state="done").first()).finished_at
    again.click()
    wait_until(lambda: Completion.objects.filter(state="failed", attempt=2).exists())
    expect(again).to_have_count(1)
    assert Completion.objects.get(state="done").finished_at == before
    assert not Judgement.objects.exists()


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>document.title = 'owned'</script>",
        "<img src=x onerror=\"document.title = 'owned'\">",
        "[click](javascript:document.title='owned')",
        '<div hx-get="/accounts/logout/" hx-trigger="load">x</div>',
        '<hx-partial hx-target="#step" hx-swap="innerHTML">owned</hx-partial>',
        "```\n<script>document.title = 'owned'</script>\n```",
    ],
)
def test_hostile_text_from_a_model_stays_text(page, alice, hostile):
    project = make_project(sources=("scripted:echo", "scripted:echo"), gates=[])
    open_project(page, alice, project)
    send(page, hostile)
    wait_for_pair(page)
    expect(page).not_to_have_title("owned")
    side = page.locator(".side .text").first
    assert side.locator("script, img, div, hx-partial, [hx-get], [onerror], a[href^=javascript]").count() == 0
    judge(page, "1")
    expect(page.locator("#question")).to_have_text("Safety: which response is better?")


def test_what_is_missing_is_said_before_anything_is_sent(page, alice):
    project = make_project("safe", ("safety",))
    open_project(page, alice, project)
    send(page, "Why?")
    wait_for_pair(page)
    judge(page, "1")
    expect(page.locator(".submit")).to_contain_text("Label response A")
    judge(page, "w", "i")
    expect(page.locator("#conflict")).to_contain_text("safe response comes before an unsafe one")
    assert not Judgement.objects.exists()
    judge(page, "8")
    expect(page.locator("#prompt-text")).to_be_visible()
    assert Judgement.objects.get().rejected_safe is False


def test_a_reload_in_mid_stream_loses_no_character(page, alice):
    side, _other = being_written(page, alice, "Apple, ", "Pear")
    text = page.locator(f"#text-{side.pk}")
    words = [f"word {number}, " for number in range(200)]
    for word in words[:50]:
        write(side, ("delta", word))
    expect(text).to_contain_text("word 49,")
    page.evaluate("setTimeout(() => location.reload())")
    for word in words[50:]:
        write(side, ("delta", word))
    expect(text).to_have_text("Apple, " + "".join(words))


@pytest.fixture
def training(installation_with_model) -> Iterator[None]:
    """A worker that reads pairs, and trains."""
    supervisor = Supervisor([eager(processes.training())])
    supervisor.start("training")
    try:
        wait_until(stream.is_worker_there)
        yield
    finally:
        supervisor.close()
        stream.streams.client().delete(stream.TRAINING)


def test_two_rounds_become_reward_models_that_stand_on_the_page_of_rounds(installation_with_model, training, manager):
    """Over HTTP, with the real model, by all processes that have a part in it."""
    said: list[str] = []
    trained = {"lora_rank": 4, "learning_rate": 1e-3, "mix": 0.0, "epochs": 0.1}
    size = Size(annotators=3, pairs=36, new_tokens=6, trained=trained)
    project = Loop(installation_with_model.port, size, said.append).run(manager)
    runs = list(project.runs.select_related("snapshot").order_by("number"))
    assert [(run.kind, run.axis, run.state) for run in runs] == [
        ("quick", "helpfulness", "ready"),
        ("quick", "safety", "ready"),
        ("trained", "helpfulness", "ready"),
    ]
    assert project.snapshots.get() == runs[0].snapshot and not runs[0].snapshot.provisional
    for run in runs:
        held_out = {one.pk for one in scoring.held_out(run)}
        assert {score.comparison_id for score in run.scores.all()} == held_out != set()
        assert run.artifact in artifacts()
    assert runs[2].curve and f"{runs[2]} is ready" in said[-1]
    score = runs[0].scores.select_related("comparison__first", "comparison__second")[0]
    pair = score.comparison
    asked = opinions.Asked(pair.context, [pair.first.text, pair.second.text])
    opinions.ask({"helpfulness": runs[0], "safety": runs[1]}, [asked])
    given = wait_until(lambda: Opinion.objects.exclude(state="waiting").first())
    assert given.state == "given", given.error
    assert given.rewards["helpfulness"] == [pytest.approx([score.first, score.second], abs=0.05)]
    assert len(given.rewards["safety"][0]) == 2
    browser = Browser(installation_with_model.port)
    link = f"/sign-in/{SignInLink.objects.issue(manager)}/"
    browser.post(browser.visit(link).forms["enter"], link)
    page = browser.text(reverse("run_rounds", args=[project.slug]))
    assert all(reverse("run", args=[project.slug, run.number]) in page for run in (runs[0], runs[2]))
