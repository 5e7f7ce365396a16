from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.dialogues import generation, recovery, streams
from labeling.dialogues.models import Completion


@pytest.fixture(autouse=True)
def time_stands_still(monkeypatch) -> None:
    """Else a second of the test would be one of those that are counted."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def completion(turn) -> Completion:
    return turn.completions.first()


@pytest.fixture
def sent(monkeypatch) -> list:
    """What would be sent again; that sending works is shown elsewhere."""
    messages = []
    monkeypatch.setattr(generation, "send", messages.append)
    return messages


def age(completion: Completion, **ages: float) -> None:
    """Set moments to so many seconds ago."""
    past = {name: timezone.now() - timedelta(seconds=seconds) for name, seconds in ages.items()}
    Completion.objects.filter(turn=completion.turn).update(queued_at=timezone.now())
    Completion.objects.filter(pk=completion.pk).update(**past)


def claim(completion: Completion) -> None:
    streams.client().set(streams.heartbeat_key(completion.pk, completion.attempt), "worker", ex=300)


def test_a_message_the_broker_never_took_is_sent(completion, sent):
    age(completion, queued_at=6)
    recovery.sweep()
    assert sent == [completion.pk]


@pytest.mark.parametrize(("queued", "answered", "again"), [(40, 31, True), (40, 29, False), (100, 31, False)])
def test_an_unanswered_message_is_sent_again_at_doubling_intervals(completion, sent, queued, answered, again):
    age(completion, queued_at=queued, sent_at=answered)
    recovery.sweep()
    assert sent == ([completion.pk] if again else [])


def test_a_message_that_a_worker_has_claimed_is_left_alone(completion, sent):
    age(completion, queued_at=40, sent_at=31)
    claim(completion)
    recovery.sweep()
    assert sent == []


def test_a_running_attempt_without_a_heartbeat_is_lost_and_the_next_one_begins(
    completion, sent, django_capture_on_commit_callbacks
):
    completion.start(1)
    age(completion, started_at=16)
    with django_capture_on_commit_callbacks(execute=True):
        recovery.sweep()
    completion.refresh_from_db()
    assert (completion.state, completion.attempt) == ("queued", 2)
    assert sent == [completion.pk]


def test_a_running_attempt_with_a_heartbeat_goes_on(completion):
    completion.start(1)
    age(completion, started_at=16)
    claim(completion)
    recovery.sweep()
    completion.refresh_from_db()
    assert (completion.state, completion.attempt) == ("running", 1)


def test_a_worker_lost_three_times_leaves_a_failure_a_manager_can_read(completion, sent):
    for attempt in (1, 2, 3):
        completion.start(attempt)
        age(completion, started_at=16)
        recovery.sweep()
    completion.refresh_from_db()
    assert (completion.state, completion.attempt) == ("failed", 3)
    assert "stopped answering" in completion.error
