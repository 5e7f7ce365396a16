import uuid

import pytest
from django.utils.html import escape

from labeling.comparisons.models import Assignment, Judgement
from labeling.dialogues.models import Turn
from labeling.projects.models import Acknowledgement, ModelVersion
from tests.comparisons.pages import judge, prompt
from tests.people import answer, ask, make_project


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
    client.defaults["HTTP_HX_REQUEST"] = "true"  # as the page asks
    with django_assert_max_num_queries(8):
        judge(client, assignment)


def test_the_guideline_comes_first_and_is_acknowledged_once(client, project):
    Acknowledgement.objects.all().delete()
    page = client.get(f"/projects/{project.slug}/work/")
    assert page.context["step"].guideline.axis_label == "Helpfulness"
    first, second = project.guidelines.order_by("axis")
    url = f"/projects/{project.slug}/acknowledgements/"
    assert client.post(url, {"guideline": first.pk}).context["step"].guideline.pk == second.pk
    client.post(url, {"guideline": second.pk})
    assert client.post(url, {"guideline": second.pk}).context["step"].kind == "prompt"
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
    assert escape(text) in page


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
    assert client.post(f"/completions/{one.pk}/retries/").context["step"].kind == "pair"
    client.post(f"/completions/{two.pk}/retries/")
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.state, one.attempt) == ("queued", 2)
    assert (two.state, two.attempt) == ("queued", 1)


def test_a_conversation_too_long_for_the_model_says_by_how_much_and_is_not_asked_again(client, project, turn):
    first = turn.completions.first()
    first.fail(1, "The dialogue is too long by 123 tokens.", tokens_over=123)
    page = client.get(f"/projects/{project.slug}/work/")
    assert "123 tokens too long" in page.content.decode()
    assert {bool(side.retry_url) for side in page.context["step"].sides if side.state == "failed"} == {False}


def test_which_model_counts_more_tokens_is_not_to_be_seen(client, project, turn):
    for completion, over in zip(turn.completions.all(), (123, 150), strict=True):
        completion.fail(1, "Too long.", tokens_over=over)
    page = client.get(f"/projects/{project.slug}/work/").content.decode()
    assert page.count("150 tokens too long") == 2
    assert "123 tokens" not in page


def test_a_comment_is_asked_for_where_the_project_requires_one(client, assignment):
    type(assignment.comparison.project).objects.update(requires_comment=True)
    page = judge(client, assignment, comment="  ")
    assert page.status_code == 422
    assert page.context["step"].errors == {"comment": "Say in a comment what decided it."}
    assert judge(client, assignment, comment="A is shorter.").status_code == 200


@pytest.fixture
def reasoned(assignment):
    """A pair in a project that offers two reasons and requires one."""
    type(assignment.comparison.project).objects.update(reasons=["shorter", "more accurate"], requires_reasons=True)
    return assignment


def test_a_reason_is_kept_with_the_response_it_was_ticked_under(client, reasoned):
    judge(client, reasoned, choice=-2, a_reasons=["shorter", "more accurate"], b_reasons=["shorter"])
    said = reasoned.revisions.get()
    assert said.chosen == reasoned.sides()[0]
    assert (said.chosen_reasons, said.rejected_reasons) == (["shorter", "more accurate"], ["shorter"])


def test_a_reason_is_asked_for_where_the_project_requires_one_and_what_was_ticked_stays(client, reasoned):
    page = judge(client, reasoned)
    assert page.status_code == 422
    assert page.context["step"].errors == {"a_reasons": "Tick at least one reason, under either response."}
    page = judge(client, reasoned, choice="", b_reasons=["shorter"])
    assert [reason["checked"] for reason in page.context["step"].sides[1].reasons] == [True, False]
    assert judge(client, reasoned, b_reasons=["nobody offered this"]).status_code == 422


def test_safety_offers_its_own_reasons_and_takes_no_others(client, reasoned, safety):
    type(reasoned.comparison.project).objects.update(safety_reasons=["warns"])
    page = judge(client, reasoned, a_reasons=["shorter"])
    assert [reason["label"] for reason in page.context["step"].sides[0].reasons] == ["warns"]
    safety.refresh_from_db()
    assert judge(client, safety, a_reasons=["shorter"]).status_code == 422
    assert judge(client, safety, a_reasons=["warns"]).status_code == 200


def test_the_same_submit_twice_with_reasons_is_one_judgement(client, reasoned):
    key = uuid.uuid4()
    for _ in range(2):
        assert judge(client, reasoned, key=key, a_reasons=["shorter"]).status_code == 200
    assert judge(client, reasoned, key=key, a_reasons=["more accurate"]).status_code == 409
    assert reasoned.revisions.count() == 1


def test_no_page_names_a_model(client, project, assignment, safety):
    pages = [client.get(f"/projects/{project.slug}/work/"), judge(client, assignment), judge(client, safety)]
    for version in ModelVersion.objects.all():
        for page in pages:
            for secret in (version.name, version.source, version.system_prompt, str(version.spec()["hash"])):
                assert secret not in page.content.decode()


def test_sides_are_shuffled_and_stay(client, alice, project):
    swapped = set()
    for _ in range(24):
        turn = ask(alice, project)
        turn.dialogue.end()
        assignments = Assignment.objects.filter(comparison__turn=turn)
        assert len({assignment.swapped for assignment in assignments}) == 1
        swapped.add(assignments[0].swapped)
    assert swapped == {True, False}


def test_choosing_a_means_the_response_on_the_left(client, alice, project, stand):
    stand(swapped=True)
    turn = ask(alice, project)
    answer(turn)
    assignment = Assignment.objects.get(comparison__turn=turn, axis="helpfulness")
    judge(client, assignment, choice=-4)
    judgement = Judgement.objects.get()
    assert (judgement.chosen, judgement.degree) == (assignment.comparison.second, 4)


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


def test_the_end_of_a_dialogue_is_said_where_another_one_goes_on(client, alice):
    long = make_project("long", ("helpfulness",), max_turns=2)
    first, other = ask(alice, long), ask(alice, long)
    for turn in (first, other):
        answer(turn)
        judge(client, Assignment.objects.get(comparison__turn=turn))
    last = ask(alice, long, dialogue=first.dialogue_id, number=2)
    answer(last)
    step = judge(client, Assignment.objects.get(comparison__turn=last)).context["step"]
    assert (step.dialogue, step.number) == (other.dialogue_id, 2)
    assert step.notice == "That was the last turn; the conversation is kept."


def test_a_resubmit_with_another_choice_is_not_taken_for_the_first(client, assignment):
    key = uuid.uuid4()
    judge(client, assignment, key=key, choice=-4)
    page = judge(client, assignment, key=key, choice=4)
    assert page.status_code == 409
    assert "had arrived and was saved" in page.content.decode()
    judge(client, assignment, key=page.context["step"].key, choice=4)
    assert Judgement.objects.latest("revision").chosen == assignment.sides()[1]


@pytest.mark.parametrize("impossible", ["-5", "99999999999999", "soon"])
def test_no_judgement_hangs_on_a_clock(client, assignment, impossible):
    assert judge(client, assignment, elapsed_ms=impossible, active_ms="1500").status_code == 200
    assert (Judgement.objects.get().elapsed_seconds, Judgement.objects.get().active_seconds) == (None, 1.5)


def test_who_has_three_pairs_to_judge_judges_one_before_asking_for_more(client, project):
    pages = [uuid.uuid4() for _ in range(4)]
    for page in pages[:3]:
        assert prompt(client, project, dialogue=page).status_code == 200
    refused = prompt(client, project, "And why not?", dialogue=pages[3])
    assert refused.status_code == 409
    assert "Judge one of your pairs first" in refused.content.decode() and "And why not?" in refused.content.decode()
    assert prompt(client, project, dialogue=pages[2]).status_code == 200, "what was asked before is not asked anew"
    assert Turn.objects.count() == 3
    answer(Turn.objects.first())
    for assignment in Assignment.objects.filter(comparison__turn=Turn.objects.first()):
        judge(client, assignment)
    assert prompt(client, project, "And why not?", dialogue=pages[3]).status_code == 200
