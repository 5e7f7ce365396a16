"""What the author of a pair sees of a response that a gate stopped."""

from django.utils import timezone

from labeling.comparisons.models import Assignment
from labeling.dialogues import generation
from labeling.projects.gates import Gate
from labeling.projects.models import GATE_LABELS
from tests.comparisons.pages import judge
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
