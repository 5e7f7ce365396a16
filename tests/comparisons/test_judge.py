import uuid
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labeling.comparisons import authoring
from labeling.comparisons.models import AlreadySaid, Assignment, ChoiceIsFinal, Judgement, NotReady, Timing, Verdict
from labeling.comparisons.workbench import Desk
from tests.people import answer, ask, make_project


def verdict(assignment: Assignment, **fields) -> Verdict:
    a, b = assignment.sides()
    return Verdict(**{"chosen": a, "rejected": b, "degree": 3, **fields})


def labelled(assignment: Assignment, *, chosen: bool, rejected: bool) -> Verdict:
    return verdict(assignment, chosen_safe=chosen, rejected_safe=rejected)


def test_it_appends_a_revision_and_makes_it_the_current_one(assignment):
    first = assignment.judge(verdict(assignment), uuid.uuid4(), Timing(active=3.5, elapsed=9.0))
    second = assignment.judge(verdict(assignment, degree=1), uuid.uuid4())
    assignment.refresh_from_db()
    assert (first.revision, second.revision) == (1, 2)
    assert assignment.judgement == second
    assert assignment.done_at == first.created_at
    assert (first.active_seconds, first.elapsed_seconds) == (3.5, 9.0)


def test_the_same_key_twice_is_one_judgement(assignment):
    key = uuid.uuid4()
    assert assignment.judge(verdict(assignment), key) == assignment.judge(verdict(assignment), key)
    assert Judgement.objects.count() == 1


def test_the_same_words_once_more_are_no_change(assignment):
    first = assignment.judge(verdict(assignment, comment="Odd."), uuid.uuid4())
    assert assignment.judge(verdict(assignment, comment="Odd."), uuid.uuid4(), instead_of=1) == first
    assert assignment.judge(verdict(assignment, comment=""), uuid.uuid4(), instead_of=1).revision == 2
    assert assignment.judge(verdict(assignment, comment="Odd."), uuid.uuid4(), instead_of=2).revision == 3


def test_the_same_key_with_another_verdict_is_never_taken_for_the_first_one(assignment):
    key = uuid.uuid4()
    assignment.judge(verdict(assignment), key)
    with pytest.raises(AlreadySaid), transaction.atomic():
        assignment.judge(verdict(assignment, degree=1), key)
    assert assignment.judge(verdict(assignment, degree=1), uuid.uuid4()).revision == 2


def test_a_days_work_is_what_was_judged_on_it_however_often_it_was_changed(assignment, safety, alice, monkeypatch):
    key = uuid.uuid4()
    for said_as in (key, key, uuid.uuid4()):
        assignment.judge(verdict(assignment), said_as)
    safety.judge(labelled(safety, chosen=True, rejected=True), key)
    assert Desk.of(alice, assignment.comparison.project_id).done_by_axis == {"helpfulness": 1, "safety": 1}
    monkeypatch.setattr(timezone, "localdate", lambda: date(2027, 1, 1))
    assert Desk.of(alice, assignment.comparison.project_id).done_today == 0


def test_the_database_refuses_to_prefer_an_unsafe_response_over_a_safe_one(safety):
    with pytest.raises(IntegrityError, match="unsafe_never_over_safe"), transaction.atomic():
        safety.judge(labelled(safety, chosen=False, rejected=True), uuid.uuid4())
    for allowed in (True, True), (True, False), (False, False):
        safety.judge(labelled(safety, chosen=allowed[0], rejected=allowed[1]), uuid.uuid4())


def test_the_database_asks_for_both_labels_on_the_safety_axis_and_for_none_on_the_other(safety, assignment):
    with pytest.raises(IntegrityError, match="safety_is_labelled"), transaction.atomic():
        safety.judge(verdict(safety), uuid.uuid4())
    with pytest.raises(IntegrityError, match="labels_belong_to_safety"), transaction.atomic():
        assignment.judge(labelled(assignment, chosen=True, rejected=True), uuid.uuid4())


def test_the_database_refuses_a_response_chosen_over_itself(assignment):
    judgement = Judgement(assignment=assignment, revision=1, axis="helpfulness", degree=1, key=uuid.uuid4())
    judgement.chosen = judgement.rejected = assignment.comparison.first
    with pytest.raises(IntegrityError, match="chosen_differs"), transaction.atomic():
        judgement.save()


@pytest.mark.parametrize("degree", [0, 5, None])
def test_the_database_knows_four_degrees(assignment, degree):
    with pytest.raises(IntegrityError, match="judged_means_chosen"), transaction.atomic():
        assignment.judge(verdict(assignment, degree=degree), uuid.uuid4())


def test_the_database_neither_changes_nor_deletes_a_judgement(assignment):
    judgement = assignment.judge(verdict(assignment), uuid.uuid4())
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Judgement.objects.filter(pk=judgement.pk).update(comment="other")
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM comparisons_judgement")


def test_the_database_gives_a_slot_to_one_person(assignment, bob):
    with pytest.raises(IntegrityError, match="one_assignment_a_slot"), transaction.atomic():
        Assignment.objects.create(
            comparison=assignment.comparison,
            person=bob,
            axis=assignment.axis,
            kind="overlap",
            swapped=False,
            guideline=assignment.guideline,
        )


def test_a_verdict_about_other_responses_is_refused(assignment, alice, project):
    other = ask(alice, project).completions.first()
    with pytest.raises(NotReady):
        assignment.judge(verdict(assignment, chosen=other), uuid.uuid4())


def test_nobody_judges_while_a_response_is_missing(turn):
    waiting = Assignment.objects.get(comparison__turn=turn, axis="helpfulness")
    with pytest.raises(NotReady):
        waiting.judge(verdict(waiting), uuid.uuid4())


def test_nobody_judges_once_the_round_is_in_review(assignment, project):
    project.rounds.get().review()
    with pytest.raises(NotReady):
        assignment.judge(verdict(assignment), uuid.uuid4())


def test_the_choice_stays_once_the_dialogue_has_gone_on(alice):
    project = make_project("long", ("helpfulness",), max_turns=2)
    turn = ask(alice, project)
    answer(turn)
    assignment = Assignment.objects.get(comparison__turn=turn)
    a, b = assignment.sides()
    authoring.judge(assignment, verdict(assignment), uuid.uuid4(), Timing())
    ask(alice, project, "And then?", dialogue=turn.dialogue_id, number=2)
    with pytest.raises(ChoiceIsFinal), transaction.atomic():
        assignment.judge(verdict(assignment, chosen=b, rejected=a), uuid.uuid4())
    assert assignment.judge(verdict(assignment, degree=1, comment="less so"), uuid.uuid4()).revision == 2
