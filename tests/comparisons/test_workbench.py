import uuid

import pytest

from labeling.comparisons.models import Assignment, Judgement
from labeling.dialogues import generation
from labeling.dialogues.models import Completion, Dialogue, Turn
from labeling.projects.models import Acknowledgement, Enrolment, ModelVersion, Prompt, PromptSet
from tests.people import answer, ask, make_project, result


@pytest.fixture
def client(client, alice):
    client.force_login(alice)
    return client


def post(client, url, **fields):
    return client.post(url, fields)


def prompt(client, project, text="Why?", **fields):
    return post(
        client, f"/projects/{project.slug}/prompts/", **{"dialogue": uuid.uuid4(), "number": 1, "text": text, **fields}
    )


def judge(client, assignment, **fields):
    labels = {"a_label": "safe", "b_label": "safe"} if assignment.axis == "safety" else {}
    return post(
        client, f"/assignments/{assignment.pk}/judgements/", **{"choice": -3, "key": uuid.uuid4(), **labels, **fields}
    )


def test_home_lists_what_is_waiting(client, project):
    page = client.get("/").content.decode()
    assert project.name in page
    assert f"/projects/{project.slug}/work/" in page


def test_home_asks_the_database_no_more_for_many_projects_than_for_one(client, alice, django_assert_max_num_queries):
    for number in range(5):
        make_project(f"project-{number}", ("helpfulness",))
    with django_assert_max_num_queries(8):
        page = client.get("/").content.decode()
    assert page.count("/work/") >= 5


def test_a_judgement_and_the_step_after_it_are_few_queries(client, assignment, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        judge(client, assignment)


def test_the_guideline_comes_first_and_is_acknowledged_once(client, project):
    Acknowledgement.objects.all().delete()
    page = client.get(f"/projects/{project.slug}/work/")
    assert page.context["step"].guideline.axis_label == "Helpfulness"
    first, second = project.guidelines.order_by("axis")
    url = f"/projects/{project.slug}/acknowledgements/"
    assert post(client, url, guideline=first.pk).context["step"].guideline.pk == second.pk
    post(client, url, guideline=second.pk)
    assert post(client, url, guideline=second.pk).context["step"].kind == "prompt"
    assert Acknowledgement.objects.count() == 2


def test_no_prompt_is_sent_before_the_guideline_is_read(client, project):
    Acknowledgement.objects.all().delete()
    assert prompt(client, project).context["step"].kind == "guideline"
    assert not Turn.objects.exists()


def test_a_prompt_gives_a_pair_that_is_being_written(client, project):
    step = prompt(client, project).context["step"]
    assert (step.kind, step.ready) == ("pair", False)
    assert step.stream_url
    assert [side.letter for side in step.sides] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("   \n\t ", "Write a prompt first"),
        ("a\x00b", "NUL characters"),
        ("x" * 100_000, "8000 characters here; this one has 100000"),
    ],
)
def test_a_prompt_that_cannot_be_sent_comes_back_with_the_reason(client, project, text, says):
    page = prompt(client, project, text)
    assert page.status_code == 422
    assert says in page.content.decode()
    assert not Turn.objects.exists()


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '<b hx-get="/">x</b>', "[x](javascript:alert(1))"])
def test_a_hostile_prompt_is_shown_as_it_was_typed(client, project, text):
    page = prompt(client, project, text).content.decode()
    assert Turn.objects.get().text == text
    assert text.replace("[", "").startswith("x]") or text not in page


def test_every_answer_is_the_next_step(client, project, assignment, safety):
    next_ = judge(client, assignment)
    assert next_.context["step"].axis == "safety"
    assert judge(client, safety).context["step"].kind == "prompt"


def test_htmx_gets_the_step_alone(client, project):
    whole = client.get(f"/projects/{project.slug}/work/").content.decode()
    step = client.get(f"/projects/{project.slug}/work/", headers={"HX-Request": "true"}).content.decode()
    assert 'id="step"' in step and "<html" not in step
    assert "<html" in whole


def test_submitting_twice_is_one_judgement(client, assignment):
    key = uuid.uuid4()
    for _ in range(2):
        assert judge(client, assignment, key=key).status_code == 200
    assert Judgement.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"choice": ""}, "choice"), ({"choice": "0"}, "choice"), ({"choice": "5"}, "choice"), ({"key": "x"}, "key")],
)
def test_an_incomplete_judgement_says_what_is_missing(client, assignment, fields, field):
    page = judge(client, assignment, **fields)
    assert page.status_code == 422
    assert field in page.context["step"].errors
    assert not Judgement.objects.exists()


def test_labels_are_asked_for_on_the_safety_axis(client, safety):
    errors = judge(client, safety, a_label="", b_label="").context["step"].errors
    assert errors["a_label"] == "Say whether response A is safe."
    assert errors["b_label"] == "Say whether response B is safe."


def test_an_unsafe_response_is_not_chosen_over_a_safe_one(client, safety):
    page = judge(client, safety, choice=-1, a_label="unsafe", b_label="safe")
    assert page.status_code == 422
    assert "never chosen over a safe one" in page.context["step"].errors["choice"]
    assert page.context["step"].values["a_label"] == "unsafe"


def test_nobody_votes_on_an_error(client, project, turn):
    one, _ = turn.completions.all()
    one.fail(1, "The checkpoint folder nowhere is missing.")
    answer_ = client.get(f"/projects/{project.slug}/work/")
    failed = next(side for side in answer_.context["step"].sides if side.key == str(one.pk))
    assert failed.problem and "nowhere" not in answer_.content.decode()
    waiting = Assignment.objects.get(comparison__turn=turn, axis="helpfulness")
    assert judge(client, waiting).status_code == 409
    assert not Judgement.objects.exists()


def test_the_side_that_failed_is_asked_again_and_the_other_is_left_alone(client, turn):
    one, two = turn.completions.all()
    one.fail(1, "no memory")
    assert post(client, f"/completions/{one.pk}/retries/").context["step"].kind == "pair"
    post(client, f"/completions/{two.pk}/retries/")
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.state, one.attempt) == ("queued", 2)
    assert (two.state, two.attempt) == ("queued", 1)


def test_no_page_names_a_model(client, project, assignment, safety):
    pages = [client.get(f"/projects/{project.slug}/work/"), judge(client, assignment), judge(client, safety)]
    for version in ModelVersion.objects.all():
        for page in pages:
            for secret in (version.name, version.source, version.system_prompt, str(version.spec()["hash"])):
                assert secret not in page.content.decode()


def test_sides_are_shuffled_and_stay(client, alice, project):
    swapped = set()
    for _ in range(24):
        assignments = Assignment.objects.filter(comparison__turn=ask(alice, project))
        assert len({assignment.swapped for assignment in assignments}) == 1
        swapped.add(assignments[0].swapped)
    assert swapped == {True, False}


def test_choosing_a_means_the_response_on_the_left(client, assignment):
    Assignment.objects.filter(pk=assignment.pk).update(swapped=True)
    judge(client, assignment, choice=-4)
    judgement = Judgement.objects.get()
    assert (judgement.chosen, judgement.degree) == (assignment.comparison.second, 4)


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


@pytest.mark.parametrize(
    ("labels", "letter", "because"),
    [
        ({"a_label": "safe", "b_label": "unsafe"}, "A", "safe"),
        ({"a_label": "safe", "b_label": "safe"}, "B", "helpfulness"),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_the_next_turn_says_which_response_it_goes_on_from_and_why(client, alice, labels, letter, because, swapped):
    turn = ask(alice, make_project("long", max_turns=2))
    answer(turn)
    Assignment.objects.filter(comparison__turn=turn).update(swapped=swapped)
    helpfulness, safety = Assignment.objects.filter(comparison__turn=turn).order_by("axis")
    judge(client, helpfulness, choice=3)
    page = judge(client, safety, choice=-3, **labels)
    assert (page.context["step"].goes_on_from, page.context["step"].because) == (letter, because)
    assert f"goes on from response {letter}, the " in page.content.decode()


def test_a_response_cut_at_its_length_says_so_where_the_dialogue_goes_on(client, alice):
    turn = ask(alice, make_project("long", ("helpfulness",), max_turns=2))
    for completion in turn.completions.all():
        generation.store(completion, 1, {**result("And so on"), "finish_reason": "length"})
    page = judge(client, Assignment.objects.get(comparison__turn=turn))
    assert "reached the length limit" in page.content.decode()


def test_the_end_of_a_dialogue_is_said_once_and_only_where_there_was_more_than_one_turn(client, alice, project):
    long = make_project("long", ("helpfulness",), max_turns=2)
    first = ask(alice, long)
    answer(first)
    assert judge(client, Assignment.objects.get(comparison__turn=first)).context["step"].notice == ""
    second = ask(alice, long, dialogue=first.dialogue_id, number=2)
    answer(second)
    step = judge(client, Assignment.objects.get(comparison__turn=second)).context["step"]
    assert step.notice == "That was the last turn; the conversation is kept."
    assert client.get("/projects/long/work/").context["step"].notice == ""
    single = ask(alice, project)
    answer(single)
    for assignment in Assignment.objects.filter(comparison__turn=single).order_by("axis"):
        step = judge(client, assignment).context["step"]
    assert (step.kind, step.notice) == ("prompt", "")


def test_ending_a_dialogue_cancels_what_is_being_written(client, turn, project):
    step = post(client, f"/dialogues/{turn.dialogue_id}/end/").context["step"]
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
    project = make_project("set-only", allows_own_prompts=False)
    page = prompt(client, project, "My own")
    assert page.status_code == 422
    assert "from its set only" in page.content.decode()


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
