"""The rounds of a project on one screen."""

import csv
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from labeling.cohorts.models import Withdrawal
from labeling.dialogues import generation
from labeling.dialogues.models import Completion
from labeling.dialogues.stopping import NOTHING_YET
from labeling.projects.models import Axis, Project, Round
from labeling.quality import reviewing
from labeling.quality.models import Review
from labeling.rewards import overviews, rounds
from labeling.rewards.models import Overview
from tests.datasets.drawing import gathered
from tests.people import ask, make_project, manage, result
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


def lines(project: Project) -> list[rounds.Line]:
    return rounds.lines(overviews.shown(project, Axis.HELPFULNESS))


def standing(project: Project) -> list[tuple[int, int, int]]:
    """Of each version: games, won, and lost because its response failed."""
    places = rounds.places(overviews.shown(project, Axis.HELPFULNESS).figures)
    return sorted((place.games, place.won, place.failed) for place in places)


def asked(alice, project: Project) -> list[Completion]:
    """The responses of a pair, always in the same order."""
    turn = ask(alice, project, f"Why? {uuid.uuid4()}")
    return list(turn.completions.order_by("model_version"))


def counted(project: Project) -> Overview:
    """As the background does, which need not rest."""
    Overview.objects.update(took=timedelta())
    overviews.count_due()
    return Overview.objects.get(project=project)


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
    first, second = lines(project)
    assert (first.comparisons, first.unsure.hits, first.unsure.of) == (4, 2, 4)
    assert (second.comparisons, second.unsure.of, second.refused.of) == (1, 2, 4)
    assert first.agreement is None and second.agreement.value is not None
    assert second.url.startswith("/projects/help/rounds/2/judgements/")


def test_what_reviewers_decided_is_counted(project, alice, bob):
    kept, sent_back, _open = (judged(compared(alice, project), alice, 2, kind="author") for _ in range(3))
    reviewing.accept(kept.judgement, bob)
    reviewing.reject(sent_back.judgement, bob, "Read both.", Review.To.SAME)
    [line] = lines(project)
    assert (line.accepted.hits, line.accepted.of) == (1, 2)


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


def test_versions_play_against_each_other_in_all_and_by_language(client, project, alice):
    for number in range(12):
        language = "en" if number % 2 else "de"
        judged(compared(alice, project, language=language), alice, 2 if number % 4 else -2, kind="author")
    gathered(project)
    page = client.get(PAGE)
    places = page.context["places"]
    assert sum(place.games for place in places) == 24 and sum(place.won for place in places) == 12
    assert sum(place.rate["value"] for place in places) == pytest.approx(1, abs=1e-3)
    [(name, _label, parts)] = page.context["broken_down"]
    assert name == "language" and [sum(one.games for one in its) for _key, its in parts] == [12, 12]


def test_a_version_that_gives_no_response_loses_to_one_that_does(client, project, alice):
    for over in (False, True):
        failing, other = asked(alice, project)
        generation.store(other, 1, result())
        failing.fail(1, "It broke.")
        if over:
            generation.cancel(failing.turn)
    assert standing(project) == [(2, 0, 2), (2, 2, 0)]
    assert "it counts once, for the one that came" in words(client.get(PAGE))


def test_nobody_loses_where_no_response_was_to_come_or_none_came(project, alice):
    stopped, other = asked(alice, project)
    stopped.fail(1, NOTHING_YET)
    generation.store(other, 1, result())
    ended, other = asked(alice, project)
    generation.store(other, 1, result())
    generation.cancel(ended.turn)
    for failing in asked(alice, project):
        failing.fail(1, "It broke.")
    assert standing(project) == []


def test_what_a_withdrawn_person_said_counts_no_more(project, alice, django_capture_on_commit_callbacks):
    judged(compared(alice, project), alice, 2, kind="author")
    failing, other = asked(alice, project)
    generation.store(other, 1, result())
    failing.fail(1, "It broke.")
    counted(project)
    assert [games for games, _won, _failed in standing(project)] == [2, 2]
    with django_capture_on_commit_callbacks(execute=True):
        Withdrawal.objects.begin(alice)
    counted(project)
    assert standing(project) == [] and lines(project)[0].comparisons == 0


def test_it_is_counted_again_when_something_was_judged_and_not_before(project, alice):
    judged(compared(alice, project), alice, 2, kind="author")
    once = counted(project).counted_at
    assert counted(project).counted_at == once
    judged(compared(alice, project), alice, 2, kind="author")
    assert lines(project)[0].comparisons == 1, "what was counted last is shown"
    assert counted(project).counted_at > once and lines(project)[0].comparisons == 2


def test_it_rests_twenty_times_as_long_as_it_took(project, alice):
    counted(project)
    judged(compared(alice, project), alice, 2, kind="author")
    Overview.objects.update(took=timedelta(hours=1))
    overviews.count_due()
    assert lines(project)[0].comparisons == 0


def test_the_table_is_a_file(client, project, alice):
    judged(compared(alice, project), alice, 1, kind="author")
    head, row = csv.reader(b"".join(client.get(f"{PAGE}?as=csv")).decode("utf-8-sig").splitlines())
    assert dict(zip(head, row, strict=True)) | {"round": "1", "comparisons": "1", "unsure": "1"} == dict(
        zip(head, row, strict=True)
    )


def test_before_anything_was_judged_the_page_says_what_will_be_there(client):
    page = words(client.get(PAGE))
    assert "Nobody has judged two different model versions" in page and "No reward model was tested here yet." in page
