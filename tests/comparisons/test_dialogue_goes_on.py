import uuid

import pytest

from labeling.comparisons.models import Assignment, Judgement
from labeling.dialogues import generation
from labeling.dialogues.models import Completion, Dialogue, Turn
from labeling.projects.models import Enrolment, Project, Prompt, PromptSet
from tests.comparisons.overlapped import claim, judged_by, overlapped
from tests.comparisons.pages import judge, prompt
from tests.people import answer, ask, join, make_project, result


def test_a_dialogue_goes_on_from_the_chosen_response(client, alice):
    project = make_project("long", ("helpfulness",), max_turns=2)
    turn = ask(alice, project, "First?")
    answer(turn)
    assignment = Assignment.objects.get(comparison__turn=turn)
    step = judge(client, assignment, choice=4).context["step"]
    assert (step.kind, step.number, step.dialogue) == ("prompt", 2, turn.dialogue_id)
    prompt(client, project, "Second?", dialogue=step.dialogue, number=2)
    second = Turn.objects.get(number=2)
    assert second.continues == assignment.sides()[1]
    assert [message["content"] for message in second.messages()] == ["First?", second.continues.text, "Second?"]
    answer(second)
    assert judge(client, Assignment.objects.get(comparison__turn=second)).context["step"].number == 1
    assert Dialogue.objects.get(pk=turn.dialogue_id).ended_at


def test_whoever_judges_the_last_turn_of_somebody_elses_hears_nothing_of_its_end(client, alice):
    """They know of no conversation; and a known pair of an earlier round has none, by which they would know it."""
    carol = join("first", "carol@example.org")
    project = overlapped(make_project("long", ("helpfulness",), max_turns=2), 2, most_extra=0)
    first = judged_by(alice, project)
    last = ask(alice, project, "Second?", dialogue=first.turn.dialogue_id, number=2)
    answer(last)
    judge(client, last.comparison.own_assignments().get(), choice=4)
    client.force_login(carol)
    judge(client, claim(carol, project))
    theirs = Assignment.objects.of(carol).get(done_at=None)
    step = judge(client, theirs).context["step"]
    assert theirs.comparison == last.comparison
    assert (step.kind, step.notice) == ("prompt", "")


@pytest.mark.parametrize(
    ("labels", "letter", "because"),
    [
        ({"a_label": "safe", "b_label": "unsafe"}, "A", "safe"),
        ({"a_label": "safe", "b_label": "safe"}, "B", "helpfulness"),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_the_next_turn_says_which_response_it_goes_on_from_and_why(
    client, alice, stand, labels, letter, because, swapped
):
    stand(swapped)
    turn = ask(alice, make_project("long", max_turns=2))
    answer(turn)
    helpfulness, safety = Assignment.objects.filter(comparison__turn=turn).order_by("axis")
    judge(client, helpfulness, choice=3)
    page = judge(client, safety, choice=-3, **labels)
    assert (page.context["step"].goes_on_from, page.context["step"].because) == (letter, because)
    assert f"goes on from response {letter}, the " in page.content.decode()
    assert "turn 2 of 2" in page.content.decode()


def test_a_response_cut_at_its_length_says_so_where_the_dialogue_goes_on(client, alice):
    turn = ask(alice, make_project("long", ("helpfulness",), max_turns=2))
    for completion, text in zip(turn.completions.all(), ("And so on", "And on it goes"), strict=True):
        generation.store(completion, 1, {**result(text), "finish_reason": "length"})
    page = judge(client, Assignment.objects.get(comparison__turn=turn))
    assert "reached the length limit" in page.content.decode()


def test_ending_a_dialogue_cancels_what_is_being_written(client, turn, project):
    step = client.post(f"/dialogues/{turn.dialogue_id}/end/").context["step"]
    assert (step.kind, step.number) == ("prompt", 1)
    assert set(turn.completions.values_list("state", flat=True)) == {"cancelled"}


def test_a_prompt_from_the_set_is_recorded_until_it_is_changed(client, project):
    taken = Prompt.objects.create(prompt_set=PromptSet.objects.create(name="set"), text="How do tides work?")
    project.rounds.update(prompt_set=taken.prompt_set)
    assert client.get(f"/projects/{project.slug}/work/").context["step"].suggestion["pk"] == taken.pk
    prompt(client, project, "How do  tides work?\r\n", prompt=taken.pk)
    assert Turn.objects.get().prompt == taken
    Dialogue.objects.get().end()
    prompt(client, project, "How do waves work?", prompt=taken.pk)
    assert Turn.objects.latest("created_at").prompt is None


def test_a_project_without_own_prompts_takes_those_of_the_set_only(client, alice):
    project = make_project("set-only", ("helpfulness",), max_turns=2)
    taken = Prompt.objects.create(prompt_set=PromptSet.objects.create(name="set"), text="How do tides work?")
    project.rounds.update(prompt_set=taken.prompt_set)
    Project.objects.update(allows_own_prompts=False)
    page = prompt(client, project, "My own")
    assert page.status_code == 422
    assert "from its set only" in page.content.decode()
    prompt(client, project, taken.text, prompt=taken.pk)
    first = Turn.objects.get()
    answer(first)
    judge(client, Assignment.objects.get(comparison__turn=first))
    assert prompt(client, project, "My own", dialogue=first.dialogue_id, number=2).status_code == 200
    Dialogue.objects.get().end()
    assert client.get(f"/projects/{project.slug}/work/").context["step"].title == "No prompts left"


def test_todays_target_ends_the_day(client, project, assignment, safety):
    Enrolment.objects.update(quota_per_day=1)
    judge(client, assignment)
    assert judge(client, safety).context["step"].title == "Done for today"


def test_without_an_open_round_there_is_nothing_to_do_and_the_page_says_so(client, project):
    project.rounds.get().review()
    step = client.get(f"/projects/{project.slug}/work/").context["step"]
    assert step.kind == "nothing" and step.action["url"] == "/"
    assert prompt(client, project).context["step"].kind == "nothing"
    assert not Completion.objects.exists()


def test_a_second_tab_finds_the_same_pair(client, project, assignment):
    one, two = (client.get(f"/projects/{project.slug}/work/").context["step"] for _ in range(2))
    assert one.judge_url == two.judge_url
    assert [side.key for side in one.sides] == [side.key for side in two.sides]


def test_a_second_tab_with_another_prompt_gets_it_back(client, project):
    dialogue = uuid.uuid4()
    prompt(client, project, "One?", dialogue=dialogue)
    page = prompt(client, project, "Other?", dialogue=dialogue)
    assert page.status_code == 409
    assert "Your prompt is still here" in page.content.decode() and "Other?" in page.content.decode()


def test_who_has_left_finishes_what_they_began_and_gets_nothing_new(client, alice, assignment, safety):
    alice.memberships.update(left_at="2026-01-01T00:00Z")
    assert judge(client, assignment).status_code == 200
    assert judge(client, safety).context["step"].title == "Nothing to do here any more"
    assert Judgement.objects.count() == 2


def test_an_older_unfinished_pair_comes_back_after_a_newer_one(client, alice, project):
    older, newer = ask(alice, project), ask(alice, project)
    for turn in (older, newer):
        answer(turn)
    first = client.get(f"/projects/{project.slug}/work/").context["step"]
    assert str(Assignment.objects.get(comparison__turn=newer, axis="helpfulness").pk) in first.judge_url
    for axis in project.axes:
        judge(client, Assignment.objects.get(comparison__turn=newer, axis=axis))
    left = client.get(f"/projects/{project.slug}/work/").context["step"]
    assert str(Assignment.objects.get(comparison__turn=older, axis="helpfulness").pk) in left.judge_url
    assert client.get(f"/turns/{older.pk}/pair/").context["step"].judge_url == left.judge_url
