"""Passing on a pair: without penalty, with undo, and not without end."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.comparisons.models import Assignment, Comparison, Judgement, Pass
from labeling.comparisons.workbench import Desk
from labeling.dialogues.models import Dialogue
from tests.comparisons.pages import judge
from tests.people import answer, ask, make_project


def pass_on(client, assignment, **fields):
    data = {"reason": "upsetting", "key": uuid.uuid4(), **fields}
    return client.post(f"/assignments/{assignment.pk}/pass/", data)


def undo(client, passed):
    return client.post(f"/passes/{passed.pk}/undo/")


def next_pair(person, project) -> Assignment:
    turn = ask(person, project)
    answer(turn)
    return Assignment.objects.filter(comparison__turn=turn).order_by("axis").first()


def test_the_pair_goes_away_and_the_conversation_is_over_for_everybody(client, alice, assignment):
    page = pass_on(client, assignment, comment="Not today.")
    step = page.context["step"]
    assert (step.kind, step.notice) == ("prompt", "You passed on that pair. Undo brings it back.")
    passed = Pass.objects.get()
    assert (passed.person, passed.reason, passed.comment) == (alice, "upsetting", "Not today.")
    assert Dialogue.objects.get().ended_at and Dialogue.objects.get().author == alice


def test_nothing_counts_against_who_passes(client, alice):
    project = make_project(target=1)
    pass_on(client, next_pair(alice, project))
    assert Desk.at(alice, "both").done_today == 0
    assert not Judgement.objects.exists()
    assert not Comparison.objects.enough_for(project.rounds.get())


def test_what_was_judged_on_the_first_axis_stays(client, assignment, safety):
    judge(client, assignment)
    pass_on(client, safety)
    assert Judgement.objects.get().assignment == assignment
    assert client.get("/projects/both/work/").context["step"].kind == "prompt"


def test_undo_brings_it_back_and_is_offered_while_it_is_the_last_thing_one_did(client, assignment):
    pass_on(client, assignment)
    passed = Pass.objects.get()
    page = client.get("/projects/both/work/")
    assert page.context["step"].place.undo_pass_url == f"/passes/{passed.pk}/undo/"
    step = undo(client, passed).context["step"]
    assert (step.kind, step.ready, step.judge_url) == ("pair", True, f"/assignments/{assignment.pk}/judgements/")
    assert step.place.undo_pass_url == ""
    assert judge(client, assignment).status_code == 200


def test_after_a_judgement_undo_is_about_the_judgement(client, alice, project):
    pass_on(client, next_pair(alice, project))
    judged = next_pair(alice, project)
    judge(client, judged)
    place = client.get("/projects/both/work/").context["step"].place
    assert place.undo_pass_url == "" and str(judged.pk) in place.undo_url


def test_undone_twice_it_is_there_once(client, assignment):
    pass_on(client, assignment)
    for _ in range(2):
        assert undo(client, Pass.objects.get()).context["step"].kind == "pair"
    assert Dialogue.objects.get().ended_at is None


def test_who_judges_it_in_another_tab_has_not_passed_on_it(client, alice):
    assignment = next_pair(alice, make_project("one", ("helpfulness",)))
    pass_on(client, assignment)
    page = judge(client, assignment)
    assert page.status_code == 200
    assert "You had passed on that pair in another tab. Your answer counts in its place." in page.context["step"].notice
    assert not Pass.objects.standing().exists()
    assert undo(client, Pass.objects.get()).context["step"].kind == "prompt"
    assert Dialogue.objects.get().ended_at, "it was judged, and stays over"


def test_who_says_in_another_tab_that_it_cannot_be_judged_has_not_passed_on_it(client, assignment):
    pass_on(client, assignment)
    client.post(f"/assignments/{assignment.pk}/cannot/", {"reason": "unusable", "key": uuid.uuid4()})
    assert not Pass.objects.standing().exists()
    assert Judgement.objects.count() == 2 and Dialogue.objects.get().ended_at


def test_what_is_left_of_it_to_judge_comes_next(client, assignment, safety):
    pass_on(client, assignment)
    step = judge(client, assignment).context["step"]
    assert (step.kind, step.judge_url) == ("pair", f"/assignments/{safety.pk}/judgements/")
    assert not Pass.objects.standing().exists()


def test_the_pass_stands_for_the_rest_where_there_is_no_room_for_it(client, alice, project, assignment, safety):
    pass_on(client, assignment)
    for _ in range(3):
        next_pair(alice, project)
    assert judge(client, assignment).status_code == 200
    assert Pass.objects.standing().get().comparison == assignment.comparison
    assert Assignment.objects.filter(pk=safety.pk, done_at=None, comparison__turn__dialogue__ended_at__isnull=False)


def test_an_earlier_answer_that_is_changed_leaves_the_pass_as_it_is(client, assignment, safety):
    judge(client, assignment)
    pass_on(client, safety)
    assert judge(client, assignment, choice=2, instead_of=1).status_code == 200
    assert Pass.objects.standing().exists()


def test_undo_says_so_when_the_round_has_ended(client, project, assignment):
    pass_on(client, assignment)
    project.rounds.get().review()
    page = undo(client, Pass.objects.get())
    assert page.status_code == 409
    assert "cannot come back now" in page.content.decode()
    assert Dialogue.objects.get().ended_at


def test_undo_says_so_when_other_pairs_wait(client, alice, project, assignment):
    pass_on(client, assignment)
    for _ in range(3):
        next_pair(alice, project)
    assert undo(client, Pass.objects.get()).status_code == 409
    assert Pass.objects.standing().exists()


def test_nobody_who_has_left_brings_a_pair_back(client, alice, assignment):
    pass_on(client, assignment)
    alice.memberships.update(left_at=timezone.now())
    assert undo(client, Pass.objects.get()).status_code == 409


def test_nobody_undoes_what_somebody_else_passed_on(client, bob, assignment):
    pass_on(client, assignment)
    client.force_login(bob)
    assert undo(client, Pass.objects.get()).status_code == 404


def test_so_many_in_a_row_and_then_one_is_told_what_to_do(client, alice):
    project = make_project(max_passes=2)
    for _ in range(2):
        assert pass_on(client, next_pair(alice, project)).status_code == 200
    third = next_pair(alice, project)
    page = pass_on(client, third, comment="Too much.")
    panel = next(panel for panel in page.context["step"].panels if panel.name == "pass")
    assert page.status_code == 409
    assert "You have passed on 2 pairs in a row. Judge this one" in panel.problem
    assert panel.text == "Too much."
    assert Pass.objects.count() == 2 and third.comparison.turn.dialogue.ended_at is None


@pytest.mark.parametrize("what", ["judge", "report", "undo", "sleep"])
def test_it_begins_anew(client, alice, what):
    project = make_project(max_passes=1)
    first = next_pair(alice, project)
    pass_on(client, first)
    if what == "undo":
        undo(client, Pass.objects.get())
    if what == "sleep":
        Pass.objects.update(created_at=timezone.now() - timedelta(days=1))
    second = next_pair(alice, project)
    if what == "judge":
        judge(client, second)
    if what == "report":
        client.post(f"/assignments/{second.pk}/reports/", {"reason": "upsetting", "key": uuid.uuid4()})
    assert pass_on(client, next_pair(alice, project)).status_code == 200


def test_passes_elsewhere_and_of_others_are_not_counted(client, alice, bob):
    project, other = make_project(max_passes=1), make_project("other", max_passes=1)
    pass_on(client, next_pair(alice, other))
    assert pass_on(client, next_pair(alice, project)).status_code == 200


def test_sent_twice_it_is_one_pass(client, assignment):
    key = uuid.uuid4()
    for _ in range(2):
        assert pass_on(client, assignment, key=key).status_code == 200
    assert Pass.objects.count() == 1


def test_a_key_of_one_pair_passes_on_no_other(client, alice, project):
    key = uuid.uuid4()
    first, second = next_pair(alice, project), next_pair(alice, project)
    for assignment in (first, second):
        assert pass_on(client, assignment, key=key).status_code == 200
    assert set(Pass.objects.values_list("comparison", flat=True)) == {first.comparison_id, second.comparison_id}


def test_a_pass_that_arrives_again_after_it_was_undone_says_nothing(client, assignment):
    key = uuid.uuid4()
    pass_on(client, assignment, key=key)
    undo(client, Pass.objects.get())
    step = pass_on(client, assignment, key=key).context["step"]
    assert (step.kind, step.notice) == ("pair", "")
    assert not Pass.objects.standing().exists()


def test_a_reason_is_asked_for_which_need_not_say_anything(client, assignment):
    page = pass_on(client, assignment, reason="")
    assert page.status_code == 422 and "Choose a reason" in page.content.decode()
    assert pass_on(client, assignment, reason="unsaid").status_code == 200


@pytest.mark.parametrize("state", ["waiting", "judged", "ended"])
def test_there_is_nothing_to_pass_on(client, alice, project, state):
    turn = ask(alice, project)
    if state != "waiting":
        answer(turn)
    mine = Assignment.objects.filter(comparison__turn=turn)
    if state == "judged":
        for assignment in mine:
            judge(client, assignment)
    if state == "ended":
        turn.dialogue.end()
    assert pass_on(client, mine.first()).status_code == 409
    assert not Pass.objects.exists()


def test_the_database_knows_one_standing_pass_a_person_and_pair(alice, assignment):
    terms = {"comparison": assignment.comparison, "round": assignment.comparison.round, "person": alice}
    Pass.objects.create(**terms, reason="tired")
    for reason, name in (("tired", "one_standing_pass"), ("bored", "pass_has_a_reason")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Pass.objects.create(**terms, reason=reason)
