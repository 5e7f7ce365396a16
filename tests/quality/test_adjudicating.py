"""The last word on a pair on which people differ."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.comparisons import overlapping
from labeling.comparisons.models import Assignment, CannotBeJudged, Comparison, Judgement, Overlap, Timing
from labeling.dialogues import generation
from labeling.projects.models import Axis
from labeling.quality import adjudicating
from labeling.quality.adjudicating import Settled
from labeling.quality.models import GoldAnswer
from tests.comparisons.overlapped import claim, judged_by, overlapped, prefers
from tests.comparisons.test_races import beside
from tests.comparisons.test_races import waiting as waiting_for_locks
from tests.people import join, make_project
from tests.processes import wait_until
from tests.projects.pages import words
from tests.quality.judging import compared
from tests.quality.judging import judged as judged_as

PAGE = "/projects/help/adjudication/"


@pytest.fixture
def bert(alice):
    return join("first", "bert@example.org")


@pytest.fixture
def project(bert):
    return overlapped(make_project("help", ("helpfulness",)), 2, most_extra=0)


@pytest.fixture
def rita(project):
    return reviewer(project, "rita")


@pytest.fixture
def hers(rita) -> Client:
    browser = Client()
    browser.force_login(rita)
    return browser


def reviewer(project, name):
    person = join("reviewers", f"{name}@example.org")
    project.roles.create(person=person, kind="reviewer")
    return person


def judged(alice, bert, project, *, alike=False) -> Comparison:
    """Alice prefers the first response."""
    pair = judged_by(alice, project)
    theirs = claim(bert, project)
    overlapping.judge(theirs, prefers(theirs, alike), uuid.uuid4(), Timing())
    return pair


def last_word(pair, person) -> Judgement:
    asked = adjudicating.asked_of(person, pair, Axis.HELPFULNESS)
    return adjudicating.adjudicate(asked, prefers(asked, True), uuid.uuid4())


def say(browser, pair, htmx=True, **fields):
    sent = {"choice": "-3", "key": uuid.uuid4(), **fields}
    headers = {"HX-Request": "true"} if htmx else {}
    return browser.post(f"{PAGE}{pair.pk}/helpfulness/", sent, headers=headers)


def waiting(project, person) -> list[uuid.UUID]:
    return [pair for pair, _axis in adjudicating.waiting(project, person)]


def test_what_waits_is_what_people_differ_on_once_all_were_asked(rita, alice, bert, project):
    split = judged(alice, bert, project)
    judged(alice, bert, project, alike=True)
    judged_by(alice, project)
    assert waiting(project, rita) == [split.pk]


def test_it_waits_until_the_extra_ones_have_judged(rita, alice, bert, project):
    overlapped(project, 2, most_extra=1)
    pair = judged(alice, bert, project)
    assert waiting(project, rita) == []
    cyd = join("first", "cyd@example.org")
    theirs = claim(cyd, project)
    assert waiting(project, rita) == []
    overlapping.judge(theirs, prefers(theirs, True), uuid.uuid4(), Timing())
    assert theirs.comparison_id == pair.pk and waiting(project, rita) == []  # two of three agree


def test_the_last_word_counts_beside_what_was_said_and_changes_none_of_it(rita, alice, bert, project):
    pair = judged(alice, bert, project)
    before = list(Judgement.objects.order_by("pk").values())
    made = last_word(pair, rita)
    assert (made.assignment.kind, made.assignment.slot) == ("adjudication", None)
    assert list(Judgement.objects.order_by("pk").values())[:2] == before
    assert Assignment.objects.counted().count() == 2
    assert waiting(project, rita) == []


def test_one_last_word_is_said(rita, alice, bert, project):
    pair = judged(alice, bert, project)
    other = reviewer(project, "otto")
    last_word(pair, rita)
    with pytest.raises(Settled):
        last_word(pair, other)
    asked = adjudicating.asked_of(other, pair, Axis.HELPFULNESS)
    with pytest.raises(IntegrityError), transaction.atomic():
        asked.save(force_insert=True)


def test_nobody_adjudicates_what_they_judged(alice, bert, project):
    pair = judged(alice, bert, project)
    for person in (alice, bert):
        project.roles.create(person=person, kind="reviewer")
        assert waiting(project, person) == []
        with pytest.raises(Settled):
            last_word(pair, person)
        with pytest.raises(IntegrityError), transaction.atomic():
            adjudicating.asked_of(person, pair, Axis.HELPFULNESS).save(force_insert=True)


def test_it_is_said_while_a_round_is_reviewed_and_not_once_it_is_closed(rita, alice, bert, project):
    first, second = (judged(alice, bert, project) for _ in range(2))
    round_ = project.rounds.get()
    round_.review()
    last_word(Comparison.objects.get(pk=first.pk), rita)
    round_.close()
    assert waiting(project, rita) == []
    with pytest.raises(Settled):
        last_word(Comparison.objects.get(pk=second.pk), rita)


def test_who_said_what_is_not_told(hers, alice, bert, project):
    pair = judged(alice, bert, project)
    asked = claim(join("first", "cyd@example.org"), project)
    assert asked is None
    text = words(hers.get(PAGE))
    assert "What they said" in text
    assert not [name for one in (alice, bert) for name in (one.pseudonym, str(one), one.email) if name in text]
    assert str(pair.pk) in text


def test_the_answer_is_the_next_pair_and_the_word_is_marked(hers, rita, alice, bert, project):
    first, second = (judged(alice, bert, project) for _ in range(2))
    answer = say(hers, first)
    assert str(second.pk) in words(answer) and "Saved as adjudicated." in words(answer)
    assert "That was the last one" in words(say(hers, second, choice="4", comment="The first invents a source."))
    said = Judgement.objects.filter(assignment__kind="adjudication").order_by("pk")
    assert [(one.degree, one.assignment.person) for one in said] == [(3, rita), (4, rita)]
    a, b = said[0].assignment.sides()
    assert (said[0].chosen, said[0].rejected) == (a, b)
    assert words(hers.get("/projects/help/judgements/")).count("adjudicated</span>") == 2


def test_nothing_is_said_without_a_choice(hers, alice, bert, project):
    pair = judged(alice, bert, project)
    answer = say(hers, pair, choice="")
    assert answer.status_code == 422 and "Choose the better response." in words(answer)
    assert not Assignment.objects.filter(kind="adjudication").exists()


def test_who_says_nothing_may_still_leave_the_pair_for_later(hers, alice, bert, project):
    first, second = judged(alice, bert, project), judged(alice, bert, project)
    for pair, here, way in ((first, "1 of 2 left", 'href="?at=1"'), (second, "2 of 2 left", 'href="?at=0"')):
        answer = say(hers, pair, choice="")
        assert answer.status_code == 422 and here in words(answer) and way in words(answer)


def test_the_same_sent_twice_is_one_word(hers, alice, bert, project):
    pair = judged(alice, bert, project)
    key = uuid.uuid4()
    assert [say(hers, pair, key=key).status_code for _ in range(2)] == [200, 409]
    assert Judgement.objects.filter(assignment__kind="adjudication").count() == 1


def test_without_a_script_a_page_leads_on(hers, alice, bert, project):
    assert say(hers, judged(alice, bert, project), htmx=False).status_code == 302


def test_what_is_certain_becomes_a_known_answer(hers, rita, alice, bert, project):
    first, second = (judged(alice, bert, project) for _ in range(2))
    say(hers, first, certain="1")
    say(hers, second)
    known = GoldAnswer.objects.get()
    assert (known.comparison_id, known.origin, known.made_by) == (first.pk, "adjudicated", rita)
    assert known.chosen_id == Judgement.objects.get(assignment__kind="adjudication", chosen=known.chosen_id).chosen_id


def test_the_sides_stay_as_they_are(rita, alice, bert, project):
    pair = judged(alice, bert, project)
    assert len({adjudicating.asked_of(rita, pair, Axis.HELPFULNESS).swapped for _ in range(9)}) == 1


def test_a_pair_of_another_project_is_not_found(hers, alice, bert, project):
    other = overlapped(make_project("other", ("helpfulness",)), 2, most_extra=0)
    pair = judged(alice, bert, other)
    assert say(hers, pair).status_code == 404


def test_it_takes_as_many_queries_for_many_pairs_as_for_one(hers, alice, bert, project):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            hers.get(PAGE)
        return len(captured)

    judged(alice, bert, project)
    few = queries()
    for _ in range(3):
        judged(alice, bert, project)
    assert queries() == few


def test_whoever_retires_a_pair_and_whoever_judges_it_never_wait_for_each_other(transactional_db, monkeypatch):
    """Both hold what it asks of others in the same order, whichever axis they are at."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    alice, bert = (join("first", f"{name}@example.org") for name in ("alice", "bert"))
    both = overlapped(make_project("both"), 2, most_extra=0)
    rita, pair = reviewer(both, "rita"), compared(alice, both)
    for axis in Axis:
        judged_as(pair, alice, 2, kind="author", axis=axis)
    judged_as(pair, bert, -2, axis=Axis.SAFETY)
    Overlap.objects.filter(axis=Axis.SAFETY).update(free=[])
    asked = adjudicating.asked_of(rita, pair, Axis.SAFETY)
    with transaction.atomic():
        Overlap.objects.select_for_update().get(axis=Axis.HELPFULNESS)
        saying, raised = beside(lambda: adjudicating.adjudicate(asked, CannotBeJudged("prompt"), uuid.uuid4()))
        wait_until(lambda: waiting_for_locks() == 1)
        Overlap.objects.select_for_update().get(axis=Axis.SAFETY)
    saying.join()
    assert raised == []
    pair.refresh_from_db()
    assert pair.retired_at
