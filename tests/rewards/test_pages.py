"""Pages of reward models: asking for one, how far it has come, what it is worth, and two beside each other."""

import csv
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.datasets.models import Snapshot
from labeling.projects.models import Axis, ModelVersion, Project
from labeling.rewards import showing
from labeling.rewards.asking import LEAST
from labeling.rewards.models import Run
from tests.datasets.drawing import counted
from tests.people import join, make_project, manage
from tests.quality.judging import compared, judged
from tests.rewards.scored import asked, by_length, held_out, ready, the_first

RUNS = "/projects/help/rewards/"
PART = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def project(alice, manager) -> Project:
    project = make_project("help", (Axis.HELPFULNESS,))
    manage(project, manager)
    return project


@pytest.fixture
def client(project, manager) -> Client:
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def snapshot(project, alice) -> Snapshot:
    """Of six pairs, all of them held out; the files are said to be there."""
    for number in range(6):
        texts = ("a" * (40 + 30 * number), "b" * 100)
        pair = compared(alice, project, texts, "en" if number % 2 else "de")
        judged(pair, alice, (1 + number % 4) * (1 if number % 3 else -1), kind="author")
    return with_files(held_out(project))


def with_files(snapshot: Snapshot) -> Snapshot:
    done = {"state": "ready", "ready_at": timezone.now(), "artifact": "b" * 64, "writing_seconds": 1.0}
    Snapshot.objects.filter(pk=snapshot.pk).update(**done)
    snapshot.refresh_from_db()
    return snapshot


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_without_any_the_page_says_what_to_do(client):
    assert "There is none yet." in words(client.get(RUNS))
    assert "It needs a snapshot with its files" in words(client.get(f"{RUNS}new/"))


def test_a_quick_one_is_asked_for_once_however_often_the_form_is_sent(client, project, alice, manager):
    judged(compared(alice, project), alice, 3, kind="author")
    snapshot = with_files(counted(project))
    form = {"number": 1, "kind": "quick", "axis": "helpfulness", "snapshot": snapshot.pk}
    for _time in range(2):
        assert client.post(f"{RUNS}new/", form)["Location"] == f"{RUNS}1/"
    run = Run.objects.get()
    assert (run.kind, run.axis, run.snapshot, run.made_by, run.base) == (
        "quick",
        "helpfulness",
        snapshot,
        manager,
        None,
    )
    assert "This is the quick one" in words(client.get(f"{RUNS}1/"))


def test_a_trained_one_needs_something_to_begin_from_and_takes_llama_2s_terms(client, project, alice, manager):
    for _ in range(LEAST):
        judged(compared(alice, project), alice, 3, kind="author")
    snapshot = with_files(counted(project))
    form = {"number": 1, "kind": "trained", "axis": "helpfulness", "snapshot": snapshot.pk, "loss": "hard"}
    assert "Choose the chat model that it begins from." in words(client.post(f"{RUNS}new/", form))
    terms = {"engine": "transformers", "source": "small", "sha256": "c" * 64, "checked_at": timezone.now()}
    asked_for = {**form, "base": ModelVersion.objects.create(name="Small", **terms).pk, "epochs": 2, "lora_rank": 8}
    for _time in range(2):
        answer = client.post(f"{RUNS}new/", asked_for)
        assert answer.status_code == 302, words(answer)
    run = Run.objects.get()
    assert (run.kind, run.base.name, run.made_by) == ("trained", "Small", manager)
    assert (run.wanted["epochs"], run.wanted["lora_rank"]) == (2, 8)
    assert (run.wanted["learning_rate"], run.wanted["mix"]) == (1e-5, 0.5)
    page = words(client.get(f"{RUNS}1/"))
    assert "none is there now" in page and "LoRA of rank 8" in page


def test_what_cannot_be_trained_is_said_on_the_form(client, project, alice):
    judged(compared(alice, project), alice, 3, kind="author")
    snapshot = with_files(counted(project))
    terms = {"engine": "transformers", "source": "small", "sha256": "c" * 64, "checked_at": timezone.now()}
    base = ModelVersion.objects.create(name="Small", **terms)
    form = {"number": 1, "kind": "trained", "axis": "helpfulness", "snapshot": snapshot.pk, "base": base.pk}
    answer = client.post(f"{RUNS}new/", form)
    assert answer.status_code == 422 and "the least that means anything" in words(answer)
    assert not Run.objects.exists()


def test_one_that_has_nothing_to_train_on_is_not_asked_for(client, snapshot):
    form = {"number": 1, "kind": "quick", "axis": "helpfulness", "snapshot": snapshot.pk}
    answer = client.post(f"{RUNS}new/", form)
    assert answer.status_code == 422 and "It has nothing to train on for Helpfulness." in words(answer)
    assert not Run.objects.exists()


def test_how_far_it_has_come_is_asked_until_it_is_over(client, snapshot):
    run = asked(snapshot)
    assert "It waits for the worker" in words(client.get(f"{RUNS}1/"))
    run.waits(3, 40)
    assert "3 are. Reading gives way to responses that people wait for." in words(client.get(f"{RUNS}1/"))
    assert run.begin()
    run.refresh_from_db()
    run.progress(3, 40, [{"step": 1, "loss": 0.693, "accuracy": 0.5, "seconds": 1.0}])
    part = client.get(f"{RUNS}1/progress/", **PART)
    assert "Training: 3 of 40 steps." in words(part) and 'data-value="0.6930"' in words(part)
    assert "HX-Refresh" not in part
    run.refresh_from_db()
    run.fail("The GPU is out of memory. Train fewer pairs at once.")
    assert client.get(f"{RUNS}1/progress/", **PART)["HX-Refresh"] == "true"
    assert "Train fewer pairs at once." in words(client.get(f"{RUNS}1/"))
    assert client.get(f"{RUNS}1/progress/")["Location"] == f"{RUNS}1/"


def test_one_is_cancelled_and_tried_again(client, snapshot):
    asked(snapshot)
    client.post(f"{RUNS}1/cancel/")
    assert Run.objects.get().state == "cancelled" and "Try again" in words(client.get(f"{RUNS}1/"))
    client.post(f"{RUNS}1/again/")
    assert Run.objects.get().state == "waiting"
    assert "It neither failed nor was cancelled." in words(client.post(f"{RUNS}1/again/", follow=True))


def test_a_report_shows_its_figures_and_every_one_leads_to_the_pairs_behind_it(client, snapshot):
    run = ready(snapshot, by_length)
    page = client.get(f"{RUNS}1/")
    text, kept = words(page), run.report["axes"]["helpfulness"]
    assert "On what is held out for Helpfulness" in text and "Llama 2" in text
    assert f'data-value="{kept["accuracy"]["overall"]["value"]:.4f}"' in text
    for line in page.context["sections"][0].accuracy:
        pairs = client.get(line.url)
        assert pairs.context["total"] == line.n
    for _by, _label, lines in page.context["sections"][0].broken_down:
        assert [client.get(line.url).context["total"] for line in lines] == [line.n for line in lines]


def test_its_own_axis_comes_first(client, snapshot):
    run = ready(snapshot, by_length)
    [kept] = run.report["axes"].values()
    both = {"axes": {"safety": kept, "helpfulness": kept}}  # as PostgreSQL hands it back: the shorter name first
    assert [section.axis for section in showing.sections(run, both)] == ["helpfulness", "safety"]


def test_what_it_gets_most_wrong_leads_to_the_judgements(client, snapshot):
    ready(snapshot, the_first)
    worst = client.get(f"{RUNS}1/").context["sections"][0].worst
    assert worst and worst[0].prompt.startswith("Why?")
    page = client.get(worst[0].url)
    [reading] = page.context["readings"]
    assert str(reading.judgement.assignment.comparison_id) == worst[0].said["comparison"]
    assert "of one pair" in words(page)


def test_pairs_are_narrowed_by_what_the_address_asks_for_and_are_a_file(client, snapshot):
    ready(snapshot, the_first)
    pairs = f"{RUNS}1/pairs/"
    every, wrong = client.get(pairs).context, client.get(f"{pairs}?right=0").context
    assert every["total"] == 6 and wrong["total"] == 2
    margins = [pair.margin for pair, _prompt in every["pairs"]]
    assert margins == sorted(margins)
    assert client.get(f"{pairs}?language=de&right=1").context["total"] == 2
    for rubbish in ("degree=overall", "degree=9", "bin=none", "axis=nothing", "from=99", "right=x"):
        assert client.get(f"{pairs}?{rubbish}").context["total"] == 6
    assert "No pair that is held out is like that" in words(client.get(f"{pairs}?language=fr"))
    file = b"".join(client.get(f"{pairs}?as=csv")).decode("utf-8-sig")
    head, *rows = csv.reader(file.splitlines())
    assert head[0] == "comparison" and len(rows) == 6


def test_the_report_is_a_file(client, snapshot):
    run = ready(snapshot, by_length)
    answer = client.get(f"{RUNS}1/report.json")
    assert json.loads(answer.content) == run.report
    assert "help-reward-model-1.json" in answer["Content-Disposition"]
    asked(snapshot)
    assert client.get(f"{RUNS}2/report.json")["Location"] == f"{RUNS}2/"


def test_two_stand_beside_each_other_on_the_same_pairs(client, snapshot):
    ready(snapshot, the_first)
    assert "Both have to be ready" in words(client.get(f"{RUNS}1/against/{asked(snapshot).number}/"))
    other = ready(snapshot, by_length)
    page = client.get(f"{RUNS}1/against/{other.number}/")
    assert "6 pairs of snapshot 1 of which both said something." in words(page)
    assert f"{RUNS}1/against/{other.number}/" in words(client.get(f"{RUNS}{other.number}/"))


def test_where_nothing_is_held_out_the_page_says_so(client, project, alice):
    judged(compared(alice, project), alice, 3, kind="author")
    ready(counted(project), the_first)
    assert "On what is held out" not in words(client.get(f"{RUNS}1/"))
    assert "Nothing is held out in its snapshot" in words(client.get(f"{RUNS}1/"))


def test_the_list_is_sorted_by_accuracy_filtered_and_a_file(client, snapshot):
    ready(snapshot, the_first)
    ready(snapshot, by_length)
    asked(snapshot)
    page = client.get(f"{RUNS}?sort=-accuracy")
    shown = [row.number for row in page.context["listing"].rows.page.rows]
    assert len(shown) == 3 and shown[-1] == 3
    assert client.get(f"{RUNS}?state=waiting").context["listing"].total == 1
    head, *rows = csv.reader(b"".join(client.get(f"{RUNS}?as=csv")).decode("utf-8-sig").splitlines())
    assert "State" in head and len(rows) == 3


def test_the_list_takes_as_many_statements_for_many_as_for_one(client, snapshot):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(RUNS)
        return len(captured)

    ready(snapshot, the_first)
    few = statements()
    for _ in range(3):
        ready(snapshot, the_first)
    assert statements() == few


@pytest.mark.parametrize("who", ["annotator", "neighbour", "reviewer"])
def test_nobody_else_sees_any_of_it(project, snapshot, who, alice):
    ready(snapshot, the_first)
    person = {"annotator": alice}.get(who) or join("others", f"{who}@example.org")
    if who == "neighbour":
        manage(make_project("next", (Axis.HELPFULNESS,), cohort="others"), person)
    if who == "reviewer":
        project.roles.create(person=person, kind="reviewer")
    client = Client()
    client.force_login(person)
    for path in ("", "new/", "rounds/", "1/", "1/progress/", "1/pairs/", "1/report.json", "1/against/1/"):
        assert client.get(RUNS + path).status_code == 404
    for path in ("new/", "1/cancel/", "1/again/"):
        assert client.post(RUNS + path).status_code == 404
