import json
import uuid

import pytest
from celery import Celery
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.celery import app
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues import generation, streams
from labeling.dialogues.models import Completion, DialogueEnded, Turn
from tests.people import answer, ask, make_project, result


@pytest.fixture
def queue():
    """The real queue of requests, empty."""
    with app.connection_for_write() as link, link.channel() as channel:
        channel.queue_purge("live")
        yield lambda: sent(channel)
        channel.queue_purge("live")


def sent(channel) -> list[dict]:
    messages = iter(lambda: channel.basic_get("live", no_ack=True), None)
    return [json.loads(message.body)[1]["request"] for message in messages]


def test_it_writes_a_turn_two_completions_and_the_authors_assignments(alice, project):
    turn = ask(alice, project)
    first, second = turn.completions.all()
    assert first.model_version != second.model_version
    assert {first.state, second.state} == {"queued"}
    assert {(a.axis, a.kind, a.person) for a in Assignment.objects.all()} == {
        ("helpfulness", "author", alice),
        ("safety", "author", alice),
    }


def test_it_sends_a_complete_request_for_each_once_the_transaction_commits(
    alice, project, queue, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        turn = ask(alice, project, "Why?")
        assert queue() == []
    requests = {request["completion"]: request for request in queue()}
    for completion in turn.completions.all():
        request = requests[str(completion.pk)]
        assert request["spec"] == completion.model_version.spec()
        assert request["messages"] == [{"role": "user", "content": "Why?"}]
        assert request["sampling"]["seed"] == completion.seed
        assert streams.client().get(streams.attempt_key(completion.pk)) == "1"


def test_the_same_request_twice_is_one_turn(alice, project):
    where = {"dialogue": uuid.uuid4(), "number": 1}
    assert ask(alice, project, **where) == ask(alice, project, **where)
    assert (Turn.objects.count(), Completion.objects.count(), Comparison.objects.count()) == (1, 2, 1)


def test_another_prompt_for_a_turn_that_is_there_is_never_taken_for_the_first_one(alice, project):
    where = {"dialogue": uuid.uuid4(), "number": 1}
    ask(alice, project, "One?", **where)
    with pytest.raises(DialogueEnded):
        ask(alice, project, "Other?", **where)


@pytest.mark.parametrize("change", [{"text": "x"}, {"number": 2}])
def test_the_database_keeps_a_prompt_as_it_was_sent(turn, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Turn.objects.filter(pk=turn.pk).update(**change)


def test_nobody_goes_on_with_another_persons_dialogue(alice, bob, turn, project):
    with pytest.raises(DialogueEnded):
        ask(bob, project, dialogue=turn.dialogue_id, number=2)


def test_a_dialogue_does_not_go_on_before_its_pair_is_judged(alice):
    project = make_project("long", max_turns=3)
    turn = ask(alice, project)
    answer(turn)
    with pytest.raises(DialogueEnded):
        ask(alice, project, dialogue=turn.dialogue_id, number=2)


def test_a_dialogue_has_no_more_turns_than_its_project_allows(alice, turn, project):
    with pytest.raises(DialogueEnded):
        ask(alice, project, dialogue=turn.dialogue_id, number=2)


def test_a_broker_that_is_away_loses_no_prompt(alice, project, monkeypatch, django_capture_on_commit_callbacks):
    nowhere = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    nowhere.conf.task_publish_retry_policy = app.conf.task_publish_retry_policy
    monkeypatch.setattr(generation, "app", nowhere)
    with django_capture_on_commit_callbacks(execute=True):
        turn = ask(alice, project)
    assert [completion.sent_at for completion in turn.completions.all()] == [None, None]


def test_a_worker_may_be_done_before_it_is_noted_that_the_broker_took_the_message(turn, monkeypatch):
    completion = turn.completions.first()
    monkeypatch.setattr(generation.app, "send_task", lambda *_, **__: generation.store(completion, 1, result()))
    generation.send(completion.pk)
    completion.refresh_from_db()
    assert (completion.state, completion.sent_at) == ("done", None)


def test_cancelling_tells_the_workers_and_keeps_what_is_done(turn, django_capture_on_commit_callbacks):
    done, open_ = turn.completions.all()
    generation.store(done, 1, result())
    with django_capture_on_commit_callbacks(execute=True):
        generation.cancel(turn)
    assert [c.state for c in turn.completions.all()] == ["done", "cancelled"]
    assert streams.client().get(streams.attempt_key(open_.pk)) == "0"


@pytest.mark.parametrize("change", [{"text": "x"}, {"html": "x"}, {"seed": 7}, {"state": "queued"}, {"attempt": 9}])
def test_the_database_keeps_a_finished_response_as_it_is(turn, change):
    answer(turn)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        turn.completions.update(**change)
    assert turn.completions.update(discard_reason="identical", discarded_at=timezone.now()) == 2


def test_the_stream_may_be_away(turn, monkeypatch):
    monkeypatch.setattr(streams, "client", lambda: streams.connect("redis://127.0.0.1:1"))
    answer(turn)
    assert Comparison.objects.get(turn=turn).ready_at
