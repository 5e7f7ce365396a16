"""The page people land on: what is waiting for whoever judges, and what needs whoever manages."""

import re

import pytest
from django.urls import reverse

from labeling.projects.models import Acknowledgement
from tests.people import answer, ask, make_project, manage
from tests.projects.pages import words
from tests.projects.rounds import draft_of, version


@pytest.fixture
def boss(client, manager, project):
    """The browser of the project's manager."""
    manage(project, manager)
    client.force_login(manager)
    return client


def needs(client) -> list[tuple[str, str]]:
    return [(need.about, need.sentence) for need in client.get("/").context["needs"]]


def text(client) -> str:
    return re.sub(r"\s+", " ", words(client.get("/")))


def test_an_annotator_sees_what_is_waiting_and_how_far_today_is(client, alice, project):
    client.force_login(alice)
    project.enrolments.update(quota_per_day=3)
    assert "Round 1 is open." in text(client) and "0 of 6 today" in text(client)
    turn = ask(alice, project)
    answer(turn)
    assert "1 pair waits for you." in text(client)
    Acknowledgement.objects.all().delete()
    assert "There is a guideline to read first." in text(client)


def test_what_can_be_worked_in_comes_first(client, alice, project):
    paused = make_project("a-paused", ("helpfulness",))
    paused.stop()
    client.force_login(alice)
    assert [one["project"].slug for one in client.get("/").context["enrolments"]] == ["both", "a-paused"]


def test_an_annotator_is_told_of_nothing_that_managers_have_to_do(client, alice, project):
    version("amber", checked=False, error="It is not there.")
    client.force_login(alice)
    assert needs(client) == []


def test_who_manages_gets_from_here_to_everything_they_manage_and_annotators_to_none_of_it(client, boss, alice):
    places = [f'href="{reverse(name)}"' for name in ("people", "exams", "prompt_sets", "model_versions")]
    assert all(place in words(boss.get("/")) for place in places)
    client.force_login(alice)
    assert not any(place in words(client.get("/")) for place in places)


def test_a_manager_is_told_of_versions_that_no_worker_answers_for(boss, own_stream):
    assert needs(boss) == [
        ("both-0", "No worker answers for it, and annotators wait for its responses."),
        ("both-1", "No worker answers for it, and annotators wait for its responses."),
    ]


def test_a_manager_is_told_of_rounds_that_are_done_and_of_projects_that_lack_something(boss, manager, project):
    project.rounds.get().review()
    assert needs(boss) == [("Both", "Round 1 is in review. Close it, or start the next one.")]
    project.stop()
    assert needs(boss) == [("Both", "The project is stopped: nobody gets work in it until you resume it.")]
    need = boss.get("/").context["needs"][0]
    assert need.url == reverse("project", args=["both"]), "what is posted is done where it is explained"


def test_a_manager_is_told_of_a_draft_without_models_beside_an_open_round(boss, project):
    draft = draft_of(project, version("amber"))
    said = ("Both", "Round 2 is a draft, and its models are not chosen or not ready.")
    assert said in needs(boss)
    draft.policy.create(model_version=version("birch"))
    assert said not in needs(boss)


def test_a_manager_is_told_of_failed_checks_and_of_reports_to_answer(boss, alice, project, assignment):
    version("amber", checked=False, error="It is not there.")
    project.reports.create(person=alice, assignment=assignment, kind="upsetting")
    assert ("amber", "Its check failed, so no round can use it.") in needs(boss)
    assert ("Both", "1 report waits for an answer.") in needs(boss)


def test_who_judges_and_manages_has_both_on_one_page(client, alice, project):
    manage(project, alice)
    client.force_login(alice)
    assert "Where you judge" in text(client) and "Under way" in text(client)


def test_it_is_in_the_language_that_its_words_are_in_whatever_a_browser_asks_for(client, alice):
    """In the reading direction of that language, too: else all of a page would stand on the wrong side."""
    client.force_login(alice)
    page = client.get("/", headers={"Accept-Language": "ar,de;q=0.9"}).content.decode()
    assert '<html lang="en" dir="ltr">' in page
