"""What the author of a pair sees of a response that a gate stopped."""

from django.utils import timezone

from labeling.comparisons.models import Assignment
from labeling.dialogues import generation, redraws
from labeling.projects.gates import Gate
from labeling.projects.models import GATE_LABELS
from tests.comparisons.pages import judge
from tests.dialogues.streaming import write
from tests.people import answer, result


def test_a_replaced_response_is_said_to_be_one_and_not_why(client, turn, project):
    one = turn.completions.first()
    a, _ = Assignment.objects.filter(comparison__turn=turn)[0].sides()
    letter = "A" if a == one else "B"
    generation.store(one, 1, result("I am Qwen, and you should not know."))
    page = client.get(f"/projects/{project.slug}/work/").content.decode()
    assert f"Response {letter} was replaced: it could not be used." in page
    assert page.count("was replaced") == 1
    assert Gate.NAMES_MAKER not in page and str(GATE_LABELS[Gate.NAMES_MAKER]) not in page
    assert "Qwen" not in page


def test_it_is_said_until_the_pair_is_judged(client, turn, project):
    generation.store(turn.completions.first(), 1, result("..."))
    answer(turn)
    assignments = Assignment.objects.filter(comparison__turn=turn).order_by("axis")
    assert "was replaced" in client.get(f"/projects/{project.slug}/work/").content.decode()
    for assignment in assignments:
        page = judge(client, assignment)
    assert "was replaced" not in page.content.decode()


def test_nobody_is_told_of_a_replacement_who_saw_nothing_of_it(client, turn, project):
    generation.store(turn.completions.first(), 1, result("..."))
    answer(turn)
    Assignment.objects.update(created_at=timezone.now())  # as for a pair that was taken out of stock
    assert "was replaced" not in client.get(f"/projects/{project.slug}/work/").content.decode()


def test_a_response_that_was_tried_again_was_not_replaced(client, turn, project):
    one = turn.completions.first()
    generation.fail(one, 1, "no memory", permanent=True)
    generation.retry(one, 1)
    assert "was replaced" not in client.get(f"/projects/{project.slug}/work/").content.decode()


def shown(client, project) -> dict[str, str]:
    """What the page shows of each response now, by its key."""
    return {side.key: side.text for side in client.get(f"/projects/{project.slug}/work/").context["step"].sides}


def test_what_was_shown_of_the_other_response_stays(client, turn, project):
    one, two = turn.completions.all()
    write(one, ("reset", ""), ("delta", "I am Qwen, I should say. " * 2))
    write(two, ("reset", ""), ("delta", "The sky is blue because light is scattered."))
    before = shown(client, project)[str(two.pk)]
    assert before == "The sky is blue because light is"
    generation.store(one, 1, result("I am Qwen, I should say. " * 2))
    after = shown(client, project)
    assert after.pop(str(two.pk)) == before
    assert list(after.values()) == [""]


def test_one_that_was_complete_stays_when_the_other_is_asked_for_again(client, turn, project):
    one, two = turn.completions.all()
    write(one, ("reset", ""), ("delta", "The"))
    generation.fail(one, 1, "no memory", permanent=True)
    generation.store(two, 1, result("The sky is blue."))
    assert client.post(f"/completions/{one.pk}/retries/").status_code == 200
    assert shown(client, project)[str(two.pk)] == "The sky is blue."
    write(one, ("reset", ""), attempt=2)
    assert shown(client, project)[str(two.pk)] == "The sky is blue."


def test_one_that_was_complete_stays_when_the_other_turns_out_too_like_it(client, turn, project, monkeypatch):
    one, two = turn.completions.all()
    monkeypatch.setattr(redraws._random, "choice", lambda done: next(c for c in done if c.pk == one.pk))
    for completion in (one, two):
        generation.store(completion, 1, result("The sky is blue."))
    after = shown(client, project)
    assert str(one.pk) not in after and after[str(two.pk)] == "The sky is blue."
