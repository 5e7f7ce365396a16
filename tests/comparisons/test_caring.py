"""What managers see of passes, reports, and choices that are never taken."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from labeling.comparisons.models import Judgement, RefusedChoice, Report
from labeling.comparisons.progress import progress
from tests.comparisons.pages import judge
from tests.comparisons.test_passing import next_pair, pass_on, undo
from tests.comparisons.test_reports import report
from tests.people import join, make_project, manage


def forbidden(client, assignment, **fields):
    return judge(client, assignment, choice=-3, a_label="unsafe", b_label="safe", **fields)


@pytest.fixture
def round_(project):
    return project.rounds.select_related("project").get()


def numbers(round_) -> dict[str, tuple[int, int, int, int]]:
    return {
        str(one.person): (one.judged, one.passed, one.refused, one.reported) for one in progress(round_).cared.people
    }


def test_what_the_server_refuses_is_counted_though_nothing_is_judged(client, safety, round_):
    for _ in range(2):
        assert forbidden(client, safety).status_code == 422
    assert not Judgement.objects.exists()
    assert numbers(round_) == {"Alice": (0, 0, 2, 0)}


def test_what_the_page_stopped_comes_with_the_judgement(client, safety, round_):
    assert judge(client, safety, refused="3").status_code == 200
    assert numbers(round_) == {"Alice": (1, 0, 3, 0)}


def test_what_the_page_stopped_comes_with_a_submit_that_is_refused_too(client, safety, round_):
    forbidden(client, safety, refused="1")
    assert numbers(round_) == {"Alice": (0, 0, 2, 0)}


def test_a_form_that_arrives_twice_is_counted_once(client, safety, round_):
    key = uuid.uuid4()
    for _ in range(2):
        judge(client, safety, refused="1", key=key)
    assert numbers(round_) == {"Alice": (1, 0, 1, 0)}


@pytest.mark.parametrize(("sent", "counted"), [("", 0), ("-1", 0), ("x", 0), ("9" * 40, 0), ("5000", 100)])
def test_no_judgement_hangs_on_what_a_page_counts(client, safety, sent, counted):
    assert judge(client, safety, refused=sent).status_code == 200
    assert sum(RefusedChoice.objects.values_list("times", flat=True)) == counted


def test_other_mistakes_are_not_counted(client, safety):
    assert judge(client, safety, choice="").status_code == 422
    assert not RefusedChoice.objects.exists()


def test_the_database_counts_at_least_once(safety):
    with pytest.raises(IntegrityError, match="refused_at_least_once"), transaction.atomic():
        RefusedChoice.objects.create(assignment=safety, times=0, key=uuid.uuid4())


def test_a_pass_is_no_giving_up_and_is_told_by_person(client, alice, project, round_):
    pass_on(client, next_pair(alice, project))
    carol = join("first", "carol@example.org")
    client.force_login(carol)
    for _ in range(2):
        pass_on(client, next_pair(carol, project))
    now = progress(round_)
    assert (now.made, now.passed, now.given_up, now.to_judge) == (3, 3, 0, 0)
    assert numbers(round_) == {"Alice": (0, 1, 0, 0), "Carol": (0, 2, 0, 0)}


def test_what_was_undone_is_told_to_nobody(client, alice, assignment, round_):
    pass_on(client, assignment)
    undo(client, alice.passes.get())
    assert (progress(round_).passed, progress(round_).to_judge, numbers(round_)) == (0, 1, {})


def test_the_rounds_page_tells_it_as_care_and_leads_to_the_reports(client, manager, project, assignment, round_):
    manage(project, manager)
    report(client, assignment)
    pass_on(client, assignment)
    client.force_login(manager)
    page = client.get("/projects/both/rounds/1/progress/").content.decode()
    assert "How people are doing" in page and "Nobody is at fault here." in page
    assert 'href="/projects/both/reports/">1</a>' in page
    Report.objects.get().say(manager, "Gone.", to_everyone=False)
    assert progress(round_).cared.waiting == 0


def test_another_round_is_another_story(client, alice, round_):
    other = make_project("other")
    pass_on(client, next_pair(alice, other))
    assert numbers(round_) == {}
