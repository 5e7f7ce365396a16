"""The rounds of a project on one screen."""

import csv

import pytest
from django.test import Client

from labeling.cohorts.models import Withdrawal
from labeling.dialogues.models import Completion
from labeling.projects.models import Axis, Project, Round
from labeling.rewards import rounds
from tests.datasets.drawing import gathered
from tests.people import ask, make_project, manage
from tests.quality.judging import compared, computed, judged
from tests.rewards.scored import held_out, ready, the_first

PAGE = "/projects/help/rewards/rounds/"


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


def next_round(project: Project) -> None:
    project.rounds.get(state="open").review()
    Round.objects.draft(project, project.rounds.latest("number")).open()


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_each_round_has_what_it_brought(project, alice, bob):
    for step in (1, 1, 3, -4):
        judged(compared(alice, project), alice, step, kind="author")
    next_round(project)
    pair = compared(alice, project)
    judged(pair, alice, 2, kind="author")
    judged(pair, bob, -2)
    computed(project)
    first, second = rounds.lines(project, Axis.HELPFULNESS)
    assert (first.comparisons, first.unsure.hits, first.unsure.of) == (4, 2, 4)
    assert (second.comparisons, second.unsure.of, second.refused.of) == (1, 2, 4)
    assert first.agreement is None and second.agreement.value is not None
    assert second.url.startswith("/projects/help/rounds/2/judgements/")


def test_a_model_is_tested_on_what_each_round_holds_out(client, project, alice):
    for step in (3, 2, -1):
        judged(compared(alice, project), alice, step, kind="author")
    run = ready(held_out(project), the_first)
    next_round(project)
    for step in (-3, -2):
        judged(compared(alice, project), alice, step, kind="author")
    newest = held_out(project)
    later = ready(newest, the_first)
    tested = rounds.accuracies(project, Axis.HELPFULNESS)
    assert [(one.run.number, one.last) for one in tested] == [(run.number, 1), (later.number, 2)]
    assert {key: one["value"] for key, one in tested[1].figures.items()} == {"1": pytest.approx(2 / 3), "2": 0.0}
    assert set(tested[0].figures) == {"1"}
    page = words(client.get(PAGE))
    assert "up to round 1" in page and "Reward models, on what each round holds out" in page


def test_versions_play_against_each_other_and_failures_are_counted_beside(client, project, alice):
    for number in range(12):
        language = "en" if number % 2 else "de"
        judged(compared(alice, project, language=language), alice, 2 if number % 4 else -2, kind="author")
    failed = ask(alice, project, "It fails").completions.first()
    Completion.objects.filter(pk=failed.pk).update(state="failed", error="It broke.")
    gathered(project)
    page = client.get(PAGE)
    places = page.context["places"]
    assert sum(place.standing.games for place in places) == 24
    assert sum(place.standing.won for place in places) == 12
    assert sum(place.failed for place in places) == 1 and all(place.asked == 13 for place in places)
    assert sum(place.standing.rate.value for place in places) == pytest.approx(1, abs=1e-3)
    [(name, _label, parts)] = page.context["broken_down"]
    assert name == "language" and [sum(one.standing.games for one in its) for _key, its in parts] == [12, 12]


def test_what_a_withdrawn_person_said_counts_no_more(project, alice):
    judged(compared(alice, project), alice, 2, kind="author")
    Withdrawal.objects.begin(alice)
    assert len(rounds.Played.of(project, Axis.HELPFULNESS).games) == 0
    assert rounds.lines(project, Axis.HELPFULNESS)[0].comparisons == 0


def test_the_table_is_a_file(client, project, alice):
    judged(compared(alice, project), alice, 1, kind="author")
    head, row = csv.reader(b"".join(client.get(f"{PAGE}?as=csv")).decode("utf-8-sig").splitlines())
    assert dict(zip(head, row, strict=True)) | {"round": "1", "comparisons": "1", "unsure": "1"} == dict(
        zip(head, row, strict=True)
    )


def test_before_anything_was_judged_the_page_says_what_will_be_there(client):
    page = words(client.get(PAGE))
    assert "Nobody has judged two different model versions" in page and "No reward model was tested here yet." in page
