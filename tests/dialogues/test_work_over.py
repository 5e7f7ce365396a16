"""A round goes into review, or its project is stopped: nobody wants what is still being written."""

import pytest

from labeling.dialogues import generation
from labeling.dialogues.models import DialogueEnded, Turn
from tests.comparisons.pages import judge
from tests.people import answer, ask, make_project, result


def states(turn: Turn) -> set[str]:
    return set(turn.completions.values_list("state", flat=True))


def send_into_review(project) -> None:
    project.rounds.get().review()


def stop(project) -> None:
    project.stop()


@pytest.fixture(params=[send_into_review, stop])
def end_work(request):
    return request.param


def test_it_cancels_what_is_queued_and_what_is_running(turn, project, end_work):
    first = turn.completions.first()
    assert first.start(1)
    end_work(project)
    turn.dialogue.refresh_from_db()
    assert states(turn) == {"cancelled"} and turn.dialogue.ended_at


def test_a_result_that_comes_later_changes_nothing(turn, project, end_work):
    end_work(project)
    first = turn.completions.first()
    assert not generation.store(first, 1, result())
    assert not generation.fail(first, 1, "too late", permanent=False)
    assert states(turn) == {"cancelled"}


def test_it_keeps_what_was_answered(turn, project, end_work):
    answer(turn)
    end_work(project)
    turn.dialogue.refresh_from_db()
    assert states(turn) == {"done"} and turn.dialogue.ended_at is None


def test_it_leaves_other_projects_alone(alice, project, end_work):
    elsewhere = ask(alice, make_project("elsewhere"))
    end_work(project)
    assert states(elsewhere) == {"queued"}


def test_nothing_new_is_asked_or_judged_while_a_project_is_stopped(alice, project, assignment, client):
    project.stop()
    with pytest.raises(DialogueEnded):
        ask(alice, project)
    client.force_login(alice)
    page = client.get("/projects/both/work/").content.decode()
    assert "This project is paused." in page
    assert judge(client, assignment).status_code == 409
    assert not assignment.revisions.exists()


def test_a_resumed_project_goes_on_where_it_was(alice, project, assignment, client):
    project.stop()
    project.resume()
    client.force_login(alice)
    assert judge(client, assignment).status_code == 200
    assert ask(alice, project)
