import uuid

import pytest
from django.db import IntegrityError, transaction

from labeling.comparisons.models import AlreadySaid, Assignment, CannotBeJudged, Comparison, Judgement
from labeling.comparisons.progress import progress
from labeling.comparisons.workbench import Desk
from labeling.dialogues.models import Dialogue
from tests.comparisons.pages import judge
from tests.people import answer, ask, make_project, manage


def cannot(client, assignment, **fields):
    data = {"reason": "unusable", "key": uuid.uuid4(), **fields}
    return client.post(f"/assignments/{assignment.pk}/cannot/", data)


def test_it_ends_both_axes_and_the_conversation_and_the_next_step_comes(client, assignment, safety):
    step = cannot(client, assignment, reason="subject", comment="Law.", active_ms="1500").context["step"]
    assert step.kind == "prompt"
    for axis in (assignment, safety):
        said = axis.revisions.get()
        assert (said.outcome, said.cannot_reason, said.comment) == ("cannot", "subject", "Law.")
        assert (said.chosen, said.rejected, said.degree, said.chosen_safe) == (None, None, None, None)
    assert Dialogue.objects.get().ended_at
    assert [said.active_seconds for said in Judgement.objects.order_by("pk")] == [1.5, None]


def test_what_was_judged_on_the_first_axis_stays_judged(client, assignment, safety):
    judge(client, assignment)
    cannot(client, safety)
    assert [said.outcome for said in Judgement.objects.order_by("pk")] == ["judged", "cannot"]


def test_nothing_goes_on_from_it(client, alice):
    project = make_project("long", ("helpfulness",), max_turns=3)
    turn = ask(alice, project)
    answer(turn)
    step = cannot(client, Assignment.objects.get(comparison__turn=turn)).context["step"]
    assert (step.kind, step.number) == ("prompt", 1)


def test_it_counts_as_done_today_and_not_towards_the_target(client, alice):
    project = make_project(target=1)
    round_ = project.rounds.get()
    turn = ask(alice, project)
    answer(turn)
    assert Comparison.objects.enough_for(round_)
    cannot(client, Assignment.objects.get(comparison__turn=turn, axis="helpfulness"))
    assert Desk.at(alice, "both").done_today == 2
    assert not Comparison.objects.judged().exists() and not Comparison.objects.enough_for(round_)
    counts = progress(round_)
    assert (counts.made, counts.judged, counts.cannot, counts.given_up, counts.left) == (1, 0, 1, 0, 0)
    assert [axis.judged for axis in counts.axes] == [0, 0] and sum(bar.count for bar in counts.days) == 0


@pytest.mark.parametrize("other", ["helpfulness", "safety"])
def test_one_axis_that_cannot_be_judged_is_enough_not_to_count(client, assignment, safety, other):
    judged, not_judged = (safety, assignment) if other == "helpfulness" else (assignment, safety)
    judge(client, judged)
    cannot(client, not_judged)
    assert not Comparison.objects.judged().exists()
    assert progress(assignment.comparison.round).cannot == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"reason": ""}, "Choose why the pair cannot be judged."),
        ({"reason": "bored"}, "Select a valid choice"),
        ({"reason": "other", "comment": "  "}, "Say in a few words what it is."),
        ({"comment": "x" * 4001}, "Keep the comment under 4000 characters."),
    ],
)
def test_what_is_missing_is_said_with_the_panel_open_and_what_was_typed_kept(client, assignment, fields, says):
    page = cannot(client, assignment, **fields)
    panel = page.context["step"].panels[0]
    assert page.status_code == 422 and says in panel.problem
    assert panel.text == fields.get("comment", "")
    assert not Judgement.objects.exists()


def test_sent_twice_it_is_said_once(client, assignment):
    key = uuid.uuid4()
    for _ in range(2):
        assert cannot(client, assignment, key=key).status_code == 200
    assert Judgement.objects.count() == 2  # one an axis
    assert cannot(client, assignment, key=key, reason="subject").status_code == 409


def test_the_same_key_is_never_taken_for_a_verdict(client, assignment):
    key = uuid.uuid4()
    cannot(client, assignment, key=key)
    assert judge(client, assignment, key=key).status_code == 409
    with pytest.raises(AlreadySaid):
        assignment.judge(CannotBeJudged("prompt"), key)


def test_nobody_says_it_of_a_pair_that_is_not_complete(client, turn):
    waiting = Assignment.objects.get(comparison__turn=turn, axis="helpfulness")
    assert cannot(client, waiting).status_code == 409
    assert not Judgement.objects.exists()


def test_it_is_too_late_once_the_conversation_has_gone_on(client, alice):
    project = make_project("long", ("helpfulness",), max_turns=3)
    turn = ask(alice, project)
    answer(turn)
    assignment = Assignment.objects.get(comparison__turn=turn)
    judge(client, assignment)
    ask(alice, project, "And then?", dialogue=turn.dialogue_id, number=2)
    assert cannot(client, assignment).status_code == 409
    assert Dialogue.objects.get().ended_at is None


def test_a_judgement_may_follow_it(client, assignment):
    cannot(client, assignment)
    assert judge(client, assignment).status_code == 200
    assert [said.outcome for said in assignment.revisions.all()] == ["cannot", "judged"]


def test_the_database_wants_a_reason_exactly_where_nothing_is_judged(assignment):
    for said, name in (
        (CannotBeJudged(""), "cannot_means_reason"),
        (CannotBeJudged("bored"), "cannot_means_reason"),
        (CannotBeJudged("other"), "other_reason_is_told"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            assignment.judge(said, uuid.uuid4())
    row = Judgement(assignment=assignment, revision=1, axis="helpfulness", degree=1, key=uuid.uuid4())
    row.chosen, row.rejected = assignment.sides()
    row.cannot_reason = "subject"
    with pytest.raises(IntegrityError, match="cannot_means_reason"), transaction.atomic():
        row.save()


def test_managers_read_the_reason_and_find_it(client, manager, project, assignment, safety):
    judge(client, assignment)
    cannot(client, safety, reason="prompt")
    manage(project, manager)
    client.force_login(manager)
    page = client.get("/projects/both/rounds/1/judgements/?cannot=1").content.decode()
    assert "Could not be judged: The prompt makes no sense, or I do not read its language" in page
    assert page.count('class="judged"') == 1
    assert "judgements/?cannot=1" in client.get("/projects/both/rounds/1/progress/").content.decode()
