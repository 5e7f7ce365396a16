import uuid

import pytest
from django.utils import timezone

from labeling.dialogues import generation, streams, trials
from labeling.dialogues.models import Trial
from labeling.dialogues.pacing import pace
from labeling.projects.models import ModelVersion
from tests.dialogues.streaming import appended, read, status, write
from tests.people import join, result


@pytest.fixture
def manager(transactional_db):
    person = join("managers", "manager@example.org")
    person.is_staff = True
    person.save()
    return person


@pytest.fixture
def trial(manager, monkeypatch) -> Trial:
    """One that other threads can see, and that no worker is asked for."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    version = ModelVersion.objects.create(
        name="mine", engine="scripted", source="scripted", checked_at=timezone.now(), created_by=manager
    )
    return trials.try_out(version, manager, "Why?", temperature=0.7, top_p=0.9, max_new_tokens=64)


def address(trial: Trial, after: object = "") -> str:
    return f"/streams/trials/{trial.pk}/?after={after}"


def test_it_sends_the_text_as_it_is_written_then_its_end(trial, manager):
    def play() -> None:
        write(trial, ("reset", ""), ("delta", "Because <b>\n"), ("delta", "so."))
        generation.store(trial, 1, result("Because <b>\nso."))

    events = read(address(trial), manager, play)
    assert appended(events, trial) == "Because <b>\nso."
    assert "<b>" not in "".join(events)
    assert any(f"event: done\ndata: {trial.pk}" in event for event in events)
    assert "event: ready" in events[-1]


def test_it_goes_on_after_what_the_page_shows(trial, manager):
    write(trial, ("reset", ""), ("delta", "seen "))
    (shown,), cursor = pace("own", streams.so_far([trial]), [None])

    def play() -> None:
        write(trial, ("delta", "new"))
        generation.store(trial, 1, result("seen new"))

    assert shown == "seen "
    assert appended(read(address(trial, cursor), manager, play), trial) == "new"


def test_it_ends_when_the_trial_is_stopped(trial, manager):
    events = read(address(trial), manager, lambda: trials.cancel(trial))
    assert "event: ready" in events[-1]


def test_it_ends_when_the_trial_fails_and_keeps_the_reason_to_the_page(trial, manager):
    events = read(address(trial), manager, lambda: generation.fail(trial, 1, "no memory", permanent=True))
    assert "event: ready" in events[-1]
    assert "no memory" not in "".join(events)


def test_it_is_not_there_for_anybody_but_the_manager_who_asked(trial, manager):
    other = join("managers", "other@example.org")
    other.is_staff = True
    other.save()
    assert status(address(trial), None) == 401
    assert status(address(trial), other) == 404
    assert status(f"/streams/trials/{uuid.uuid4()}/", manager) == 404
    assert status(address(trial), manager, "post") == 405


def test_it_is_no_longer_there_for_who_manages_nothing_any_more(trial, manager):
    manager.is_staff = False
    manager.save()
    assert status(address(trial), manager) == 404
