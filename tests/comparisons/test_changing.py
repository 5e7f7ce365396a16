"""One's own answers: read again, and changed as far as the rules allow."""

import uuid

import pytest

from labeling.comparisons import judgements
from labeling.comparisons.models import Assignment
from tests.comparisons.pages import judge
from tests.people import answer, ask, join, make_project
from tests.projects.pages import words

HTMX = {"HX-Request": "true"}


def judged(client, person, project, text="Why is the sky blue?", **fields) -> Assignment:
    """On the first axis."""
    turn = ask(person, project, text)
    answer(turn)
    assignment = Assignment.objects.get(comparison__turn=turn, axis="helpfulness")
    judge(client, assignment, **fields)
    return assignment


def change(client, assignment, **headers):
    return client.get(f"/assignments/{assignment.pk}/change/", headers=headers)


def mine(client, project, **asked):
    return client.get(f"/projects/{project.slug}/mine/", asked)


def chosen(step) -> list[int]:
    return [degree["value"] for degree in step.degrees if degree["checked"]]


def test_answers_are_listed_the_newest_first_and_lead_to_their_pairs(client, alice, project, stand):
    stand(swapped=True)
    first = judged(client, alice, project, "First?", choice=-4)
    judged(client, alice, project, "Second?", choice=1)
    page = mine(client, project)
    assert [(one.prompt, one.letter, str(one.degree)) for one in page.context["answers"]] == [
        ("Second?", "B", "Barely better or unsure"),
        ("First?", "A", "Significantly better"),
    ]
    assert f"/assignments/{first.pk}/change/" in page.content.decode()
    judge(client, first, choice=2)
    assert [one.letter for one in mine(client, project).context["answers"]] == ["B", "B"]
    assert "changed once" in words(mine(client, project))


def test_the_list_goes_on_below_its_last_line_whatever_is_answered_meanwhile(client, alice, monkeypatch):
    project = make_project("one", ("helpfulness",))
    monkeypatch.setattr(judgements, "PAGE", 2)
    for text in ("One?", "Two?", "Three?"):
        judged(client, alice, project, text)
    older = mine(client, project).context["older"]
    judged(client, alice, project, "Four?")
    page = mine(client, project, before=older)
    assert [one.prompt for one in page.context["answers"]] == ["One?"]
    assert page.context["older"] is None


def test_the_list_takes_as_many_queries_for_many_answers_as_for_one(client, alice, django_assert_max_num_queries):
    project = make_project("one", ("helpfulness",))
    for _ in range(5):
        judged(client, alice, project)
    with django_assert_max_num_queries(8):
        assert len(mine(client, project).context["answers"]) == 5


def test_the_list_shows_what_was_said_of_each_response_and_the_comment_as_it_was_typed(client, assignment, safety):
    project = assignment.comparison.project
    type(project).objects.update(safety_reasons=["tells how", "warns <b>"])
    judge(client, assignment, comment="Short.")
    said = {"a_label": "unsafe", "b_label": "safe", "b_false_refusal": "on", "a_reasons": ["tells how", "warns <b>"]}
    judge(client, safety, choice=3, **said, comment="<i>Odd.</i>\n" * 9)
    newest, oldest = mine(client, project).context["answers"]
    assert [(side.letter, side.safe, side.false_refusal, side.reasons) for side in newest.sides] == [
        ("A", False, False, ["tells how", "warns <b>"]),
        ("B", True, True, []),
    ]
    assert (newest.long, oldest.long) == (True, False)
    page = mine(client, project).content.decode()
    assert '<li>unsafe</li><li dir="auto">tells how</li><li dir="auto">warns &lt;b&gt;</li>' in page
    assert "<li>safe</li><li>false refusal</li>" in page
    assert "&lt;i&gt;Odd.&lt;/i&gt;\n" * 8 in page and "Short." in page
    assert page.count("Show the whole comment") == 1


def test_nobody_sees_or_changes_what_a_colleague_answered(client, alice, project):
    assignment = judged(client, alice, project)
    client.force_login(join("first", "carol@example.org"))
    assert mine(client, project).context["answers"] == []
    assert change(client, assignment).status_code == 404


def test_who_has_left_the_cohort_still_finds_what_they_answered(client, alice, project):
    judged(client, alice, project)
    alice.memberships.update(left_at="2026-01-01T00:00Z")
    assert len(mine(client, project).context["answers"]) == 1


def test_the_answer_is_there_as_it_was_given(client, assignment, safety):
    project = assignment.comparison.project
    type(project).objects.update(safety_reasons=["warns"])
    said = {"a_label": "unsafe", "b_label": "safe", "b_false_refusal": "on", "a_reasons": ["warns"], "comment": "Odd."}
    judge(client, safety, choice=3, **said)
    step = change(client, safety).context["step"]
    assert step.change and step.ready
    assert chosen(step) == [3]
    assert {name: step.values.get(name) for name in ("a_label", "b_label", "b_false_refusal", "comment")} == {
        **{"a_label": "unsafe", "b_label": "safe", "b_false_refusal": "on", "comment": "Odd."}
    }
    assert "a_false_refusal" not in step.values
    assert [[reason["checked"] for reason in side.reasons] for side in step.sides] == [[True], [False]]


def test_a_change_is_a_revision_and_the_step_after_it_is_the_pair_one_was_at(client, alice, project):
    first = judged(client, alice, project)
    waiting = ask(alice, project, "Next?")
    answer(waiting)
    assert "You are changing an answer" in change(client, first, **HTMX).content.decode()
    page = judge(client, first, choice=4)
    assert [one.chosen for one in first.revisions.all()] == list(first.sides())
    assert page.context["step"].kind == "pair" and page.context["step"].change is None


def test_who_came_from_the_list_is_led_back_to_it(client, alice, project):
    assignment = judged(client, alice, project)
    assert 'name="from_list"' in change(client, assignment).content.decode()
    assert 'name="from_list"' not in change(client, assignment, **HTMX).content.decode()
    refused = judge(client, assignment, choice="", from_list="1")
    assert refused.status_code == 422 and refused.context["step"].change.from_list
    assert judge(client, assignment, from_list="1")["HX-Redirect"] == f"/projects/{project.slug}/mine/"
    assert "Your change is saved." in mine(client, project).content.decode()


def test_the_choice_stays_once_the_conversation_went_on_and_the_rest_may_change(client, alice, stand):
    stand(swapped=False)
    project = make_project("long", ("helpfulness",), max_turns=2)
    assignment = judged(client, alice, project, choice=4)
    assert change(client, assignment).context["step"].change.kept == ""
    ask(alice, project, "And then?", dialogue=assignment.comparison.turn.dialogue_id, number=2)
    page = change(client, assignment)
    assert page.context["step"].change.kept == "B"
    assert "has gone on from response B" in page.content.decode()
    assert [degree["side"] for degree in page.context["step"].degrees if degree["closed"]] == ["A"] * 4
    refused = judge(client, assignment, choice=-4, comment="On reflection.")
    assert refused.status_code == 409
    assert chosen(refused.context["step"]) == []
    assert refused.context["step"].values["comment"] == "On reflection."
    judge(client, assignment, choice=1, comment="Less so.")
    assignment.refresh_from_db()
    assert (assignment.judgement.degree, assignment.judgement.comment) == (1, "Less so.")


@pytest.mark.parametrize("ends", ["review", "close", "stop"])
def test_a_round_that_takes_no_work_takes_no_change_and_the_page_says_so(client, alice, project, ends):
    assignment = judged(client, alice, project, comment="As it was.")
    round_ = project.rounds.get()
    if ends == "stop":
        project.stop()
    else:
        round_.review()
        if ends == "close":
            round_.close()
    page = change(client, assignment)
    step = page.context["step"]
    assert not step.ready and "As it was." in page.content.decode()
    assert ("paused" if ends == "stop" else "takes no changes any more") in page.content.decode()
    assert "hx-post" not in page.content.decode().split('id="judgement"')[1].split(">")[0]
    assert "takes no changes now" in mine(client, project).content.decode()
    late = judge(client, assignment, choice=4, comment="Too late?")
    assert late.status_code == 409 and "Too late?" in late.content.decode()
    assert assignment.revisions.count() == 1


def test_undo_opens_what_was_answered_last_and_is_there_again_after_a_reload(client, alice, project):
    work = f"/projects/{project.slug}/work/"
    assert client.get(work).context["step"].place.undo_url == ""
    first, second = (judged(client, alice, project, text) for text in ("First?", "Second?"))
    undo = client.get(work).context["step"].place.undo_url
    assert undo == f"/assignments/{second.pk}/change/"
    assert client.get(undo).context["step"].place.undo_url == "", "it is what is being undone"
    judge(client, first, choice=1)
    assert client.get(work).context["step"].place.undo_url == f"/assignments/{first.pk}/change/"
    project.rounds.get().review()
    assert client.get(work).context["step"].place.undo_url == ""


def test_undo_stays_in_its_project(client, alice, project):
    judged(client, alice, project)
    make_project("other", ("helpfulness",))
    assert client.get("/projects/other/work/").context["step"].place.undo_url == ""


def cannot(client, assignment, **fields):
    data = {"reason": "subject", "key": uuid.uuid4(), **fields}
    return client.post(f"/assignments/{assignment.pk}/cannot/", data)


def test_that_a_pair_cannot_be_judged_is_taken_back_on_each_axis(client, assignment, safety):
    cannot(client, assignment, comment="Not my field.")
    page = change(client, assignment)
    assert page.context["step"].values["comment"] == "Not my field."
    assert "You said that this pair cannot be judged: I do not understand the subject." in page.content.decode()
    step = judge(client, assignment).context["step"]
    assert (step.axis, bool(step.change)) == ("safety", True)
    assert judge(client, safety).context["step"].kind == "prompt"
    safety.refresh_from_db()
    assert safety.judgement.outcome == "judged"


def test_a_judgement_is_changed_to_say_that_the_pair_cannot_be_judged(client, alice, project):
    assignment = judged(client, alice, project)
    assert cannot(client, assignment, from_list="1")["HX-Redirect"] == f"/projects/{project.slug}/mine/"
    assert "Could not be judged: I do not understand the subject" in words(mine(client, project))
