"""What differs between two snapshots."""

import pytest
from django.test import Client

from labeling.cohorts.models import Withdrawal
from labeling.datasets import differences
from labeling.projects.models import Axis, Project
from tests.datasets.drawing import counted
from tests.datasets.test_pages import words
from tests.people import make_project, manage
from tests.quality.judging import compared, judged, say


@pytest.fixture
def project(alice) -> Project:
    return make_project("help", (Axis.HELPFULNESS,))


def kinds(one, other) -> dict:
    return {row.assignment: row.kind for row in differences.page(one, other)}


def test_each_answer_that_differs_says_how(project, alice, bob, manager):
    answers = [judged(compared(alice, project), alice, 2, kind="author") for _ in range(4)]
    same, changed, retired, own = answers
    other = judged(own.comparison, bob, 1)
    before = counted(project)
    say(changed, -3)
    retired.comparison.retire()
    Withdrawal.objects.begin(bob)
    new = judged(compared(alice, project), alice, 1, kind="author")
    now = counted(project)
    assert kinds(before, now) == {
        **{changed.pk: "revised", retired.pk: "left_out"},
        **{other.pk: "left_out", new.pk: "added"},
    }
    assert same.pk not in kinds(before, now)
    assert differences.counts(before, now) == {"added": 1, "revised": 1, "left_out": 2}
    assert kinds(now, before) == {
        **{changed.pk: "revised", retired.pk: "taken_in"},
        **{other.pk: "taken_in", new.pk: "removed"},
    }
    (revised,) = differences.page(before, now, "revised")
    assert (revised.degree_was, revised.degree_is, revised.other_choice) == (2, 3, True)
    assert revised.annotator == alice.pseudonym and revised.prompt.startswith("Why?")
    assert differences.counts(before, before) == {}


def test_rows_come_a_page_at_a_time_and_all_of_them_once(project, alice, monkeypatch):
    before = counted(project)
    asked = {judged(compared(alice, project), alice, 2, kind="author").pk for _ in range(7)}
    now = counted(project)
    monkeypatch.setattr(differences, "PAGE", 3)
    seen, after = [], None
    while rows := differences.page(before, now, after=after):
        seen += [row.assignment for row in rows]
        after = rows[-1].assignment
    assert len(seen) == 7 and set(seen) == asked


def test_the_page_shows_what_was_asked_for_otherwise_and_which_judgements_differ(project, alice, manager):
    manage(project, manager)
    client = Client()
    client.force_login(manager)
    one = counted(project)
    judged(compared(alice, project), alice, 2, kind="author")
    two = counted(project, "majority", rounds=(1,))
    page = words(client.get(f"/projects/help/data/{one.number}/to/{two.number}/"))
    assert "<del>a preference for every judgement</del> <ins>one a pair, by the majority</ins>" in page
    assert "<del>any</del> <ins>1</ins>" in page
    assert "added 1" in page and alice.pseudonym in page
    back = words(client.get(f"/projects/help/data/{two.number}/to/{one.number}/?kind=removed"))
    assert "not in it any more 1" in back
    assert "None: the same" in words(client.get(f"/projects/help/data/{one.number}/to/{one.number}/"))
    assert client.get(f"/projects/help/data/{one.number}/to/{two.number}/?after=x").status_code == 404
    assert client.get(f"/projects/help/data/{one.number}/to/9/").status_code == 404
    assert f"/projects/help/data/{one.number}/to/{two.number}/" in words(
        client.get(f"/projects/help/data/{two.number}/")
    )
