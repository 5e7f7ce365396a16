"""How long a failed attempt waits for the next one, and which attempts need not wait."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.celery import app
from labeling.dialogues import generation, recovery, tasks
from labeling.dialogues.models import Completion
from labeling.dialogues.receipts import failed
from labeling.dialogues.signatures import sign


@pytest.fixture
def completion(turn) -> Completion:
    return turn.completions.first()


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, float]]:
    """(task, countdown) of what the broker is handed."""
    messages: list[tuple[str, float]] = []

    def keep(name: str, *, countdown: float = 0, **_: object) -> None:
        messages.append((name, countdown))

    monkeypatch.setattr(app, "send_task", keep)
    return messages


def report(completion: Completion, attempt: int = 1, **fields: object) -> None:
    signature = sign(str(completion.pk), attempt)
    failed(str(completion.pk), attempt, signature, **{"detail": "It broke.", "permanent": False, **fields})


def test_pauses_grow_differ_and_stay_bounded():
    for attempt, middle in ((1, 1), (2, 2), (3, 4), (4, 8)):
        pauses = {generation.pause_after(attempt) for _ in range(50)}
        assert len(pauses) > 1
        assert all(0.75 * middle <= pause <= 1.25 * middle for pause in pauses)
    assert max(generation.pause_after(attempt) for attempt in range(1, 200)) == generation.LONGEST_PAUSE


def test_a_model_that_failed_is_asked_again_after_a_pause(completion, sent, django_capture_on_commit_callbacks):
    before = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        report(completion)
    completion.refresh_from_db()
    ((name, pause),) = sent
    assert (name, completion.state, completion.attempt) == ("labeling.send", "queued", 2)
    assert 0.75 <= pause <= 1.25
    assert before + timedelta(seconds=0.75) <= completion.due_at <= timezone.now() + timedelta(seconds=1.25)


def test_a_stopped_worker_costs_no_pause(completion, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        report(completion, detail="The worker was stopped.", stopped=True)
    completion.refresh_from_db()
    assert (completion.state, completion.attempt, completion.due_at) == ("queued", 2, None)
    assert sent == [("models_runtime.generate", 0)]


@pytest.mark.parametrize("handovers", [[1, 2], [2, 4], [1, 2, 3, 5, 6, 8]])
def test_a_stopped_worker_costs_no_attempt_whenever_it_stops(completion, handovers):
    """However many attempts are handed over in between, the last failure is the one it always was."""
    attempts = range(1, len(handovers) + Completion.MAX_ATTEMPTS + 1)
    for attempt in attempts:
        completion.refresh_from_db()
        assert (completion.state, completion.attempt) == ("queued", attempt)
        completion.start(attempt)
        report(completion, attempt, stopped=attempt in handovers)
    completion.refresh_from_db()
    assert (completion.state, completion.tries) == ("failed", Completion.MAX_ATTEMPTS)


def test_the_pause_after_a_failure_does_not_grow_with_handovers(completion):
    for attempt in range(1, 6):
        report(completion, attempt, stopped=True)
    before = timezone.now()
    report(completion, 6)
    completion.refresh_from_db()
    assert before + timedelta(seconds=0.75) <= completion.due_at <= timezone.now() + timedelta(seconds=1.25)


def test_workers_that_are_stopped_for_ever_are_not_asked_for_ever(completion, sent):
    for attempt in range(1, generation.MAX_HANDOVERS + 2):
        report(completion, attempt, stopped=True)
    completion.refresh_from_db()
    assert (completion.state, sent) == ("failed", [])


def test_a_lost_worker_costs_an_attempt_and_no_pause(completion, sent, django_capture_on_commit_callbacks):
    completion.start(1)
    with django_capture_on_commit_callbacks(execute=True):
        generation.fail(completion, 1, "The worker that was writing it stopped answering.", lost=True)
    completion.refresh_from_db()
    assert (completion.attempt, completion.due_at) == (2, None)
    assert sent == [("models_runtime.generate", 0)]


@pytest.mark.parametrize(("due", "again"), [(20, False), (-4, False), (-6, True)])
def test_the_sweeper_sends_what_is_overdue_and_nothing_before_it_is_due(completion, sent, due, again, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    Completion.objects.filter(turn=completion.turn).update(queued_at=now)
    old = {"queued_at": now - timedelta(seconds=40), "due_at": now + timedelta(seconds=due)}
    Completion.objects.filter(pk=completion.pk).update(**old)
    recovery.sweep()
    assert [name for name, _ in sent] == (["models_runtime.generate"] if again else [])


def test_what_is_due_is_sent_once_whoever_comes_first(completion, sent):
    Completion.objects.filter(pk=completion.pk).update(attempt=2, sent_at=None)
    tasks.send(str(completion.pk), 1)
    assert sent == []
    tasks.send(str(completion.pk), 2)
    tasks.send(str(completion.pk), 2)
    assert sent == [("models_runtime.generate", 0)]
