"""One response is stopped by its author while the other one goes on; what was written stays, or is asked for again."""

import uuid

import pytest
from django.db import transaction

from labeling.comparisons.models import Assignment, Comparison, NotReady, Verdict
from labeling.dialogues import generation, stopping, streams
from labeling.dialogues.models import Completion
from tests.comparisons.pages import judge
from tests.dialogues.streaming import write
from tests.people import answer, ask, make_project, result
from tests.projects.pages import words


@pytest.fixture
def pair(alice):
    """A turn that is being written; a project without gates, so that short texts may stand."""
    return ask(alice, make_project("help", ("helpfulness",), gates=[], max_redraws=2))


def sides(turn) -> list[Completion]:
    pair = Assignment.objects.select_related("comparison").get(comparison__turn=turn).sides()
    return [Completion.objects.get(pk=one.pk) for one in pair]


def stop(client, completion):
    return client.post(f"/completions/{completion.pk}/stops/").context["step"]


def test_what_was_written_so_far_is_the_response_and_the_other_goes_on(client, pair):
    a, b = sides(pair)
    write(a, ("reset", ""), ("delta", "Half of *it*"), ("delta", ", and"))
    step = stop(client, a)
    a.refresh_from_db()
    assert (a.state, a.text, a.finish_reason) == ("done", "Half of *it*, and", "stopped")
    assert "<em>it</em>" in a.html
    assert streams.client().get(streams.attempt_key(a.pk)) == "0", "its worker goes on to other work"
    assert (step.ready, step.sides[0].stop_url, bool(step.sides[1].stop_url)) == (False, "", True)
    generation.store(b, 1, result("Whole."))
    assert Comparison.objects.get().ready_at
    assert judge(client, Assignment.objects.get(), choice=2).status_code == 200


def test_a_result_that_comes_after_it_was_stopped_changes_nothing(client, pair):
    a, _b = sides(pair)
    write(a, ("delta", "Half"))
    stop(client, a)
    assert not generation.store(a, 1, result("Half and the rest."))
    a.refresh_from_db()
    assert a.text == "Half"


def test_only_what_the_current_attempt_wrote_stays(client, pair):
    a, _b = sides(pair)
    write(a, ("delta", "Lost with its worker"))
    generation.fail(a, 1, "gone", lost=True)
    write(a, ("reset", ""), ("delta", "Second try"), attempt=2)
    write(a, ("delta", ", a straggler"))
    a.refresh_from_db()
    assert stopping.stop(a)
    a.refresh_from_db()
    assert a.text == "Second try"


def test_one_that_had_ended_stays_as_it_is(client, pair):
    a, _b = sides(pair)
    generation.store(a, 1, result("Whole."))
    stop(client, a)
    a.refresh_from_db()
    assert (a.text, a.finish_reason) == ("Whole.", "stop")


def test_one_that_is_complete_and_not_shown_yet_says_so_to_who_stops_it(client, pair):
    a, b = sides(pair)
    generation.store(a, 1, result("Whole."))
    page = client.post(f"/completions/{a.pk}/stops/")
    step = page.context["step"]
    assert (step.ready, step.sides[0].stop_url, bool(step.sides[1].stop_url)) == (False, "", True)
    assert "Complete: you see it when both are" in words(page)
    assert "Complete: you" not in words(client.get("/projects/help/work/")), "nobody else is told which one was quicker"
    write(b, ("delta", "Half"))
    stop(client, b)
    assert Comparison.objects.get().ready_at


def test_one_that_was_stopped_and_is_not_shown_yet_says_so(client, pair):
    a, _b = sides(pair)
    write(a, ("delta", "Half"))
    assert "Stopped: you see it when both are complete" in words(client.post(f"/completions/{a.pk}/stops/"))


def test_one_of_which_nothing_was_written_can_be_asked_for_again(client, pair):
    a, _b = sides(pair)
    step = stop(client, a)
    assert (step.sides[0].state, step.sides[0].problem) == ("failed", "You stopped it before anything was written.")
    client.post(step.sides[0].retry_url)
    again = sides(pair)[0]
    assert (again.pk, again.state, again.attempt, again.seed) == (a.pk, "queued", 2, a.seed)


def stopped(client, pair, text: str = "Half") -> Completion:
    """A, while B is complete: the pair is ready."""
    a, b = sides(pair)
    if b.state != "done":
        generation.store(b, 1, result("Whole."))
    write(a, ("delta", text))
    stop(client, a)
    assert Comparison.objects.get().ready_at
    return a


def test_another_one_may_stand_in_its_place_until_the_pair_is_judged(client, pair):
    a = stopped(client, pair)
    before = Verdict(chosen=a, rejected=sides(pair)[1], degree=2)
    step = client.get("/projects/help/work/").context["step"]
    assert step.sides[0].stopped and step.sides[0].retry_url
    step = client.post(step.sides[0].retry_url).context["step"]
    new = sides(pair)[0]
    assert (new.state, new.model_version, new.draw) == ("queued", a.model_version, a.draw)
    assert new.pk != a.pk and new.seed != a.seed
    assert (step.ready, step.replaced, step.sides[1].text) == (False, [], "")
    with pytest.raises(NotReady), transaction.atomic():
        Assignment.objects.get().judge(before, uuid.uuid4())
    generation.store(new, 1, result("All of it."))
    a.refresh_from_db()
    assert (a.discard_reason, a.text) == ("stopped", "Half")
    judge(client, Assignment.objects.get())
    assert Assignment.objects.get().judgement.chosen_id == new.pk


def test_nobody_draws_until_they_like_what_comes(client, pair):
    for _ in range(2):
        client.post(f"/completions/{stopped(client, pair).pk}/retries/")
    last = stopped(client, pair)
    step = client.get("/projects/help/work/").context["step"]
    assert (step.ready, step.sides[0].retry_url) == (True, "")
    client.post(f"/completions/{last.pk}/retries/")
    assert sides(pair)[0].pk == last.pk


def test_what_is_judged_stays_what_was_judged(client, pair):
    a = stopped(client, pair)
    judge(client, Assignment.objects.get())
    client.post(f"/completions/{a.pk}/retries/")
    assert sides(pair)[0].pk == a.pk and Comparison.objects.get().ready_at


def test_one_that_was_not_stopped_is_not_drawn_again(client, pair):
    answer(pair)
    a, _b = sides(pair)
    client.post(f"/completions/{a.pk}/retries/")
    assert sides(pair)[0].pk == a.pk


def test_a_gate_looks_at_what_was_written_as_at_any_response(client, alice):
    turn = ask(alice, make_project("gated", ("helpfulness",)))
    a, _b = sides(turn)
    write(a, ("delta", "I am ChatGPT, made by OpenAI, and"))
    stop(client, a)
    a.refresh_from_db()
    assert a.discard_reason == "names_maker"
    assert sides(turn)[0].state == "queued"


def test_a_colleagues_response_is_not_stopped(client, bob, pair):
    a, _b = sides(pair)
    client.force_login(bob)
    assert client.post(f"/completions/{a.pk}/stops/").status_code == 404
    a.refresh_from_db()
    assert a.state == "queued"
