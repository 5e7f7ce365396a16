"""Trying a model version out, and the check of a new one: what their receipts do. Real workers are in test_checks."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from labeling.celery import app
from labeling.dialogues import generation, receipts, recovery, streams, trials
from labeling.dialogues.models import Trial
from labeling.dialogues.signatures import sign
from labeling.projects.models import ModelVersion
from tests.people import result

SHA256 = "ab" * 32
SAMPLING = {"temperature": 0.7, "top_p": 0.9, "max_new_tokens": 64}


@pytest.fixture
def new(manager) -> ModelVersion:
    return ModelVersion.objects.register(manager, name="new", engine="scripted", source="scripted")


@pytest.fixture
def check(new) -> Trial:
    """The one that began by itself."""
    return new.trials.get()


@pytest.fixture
def ready(new) -> ModelVersion:
    new.passed("")
    return new


@pytest.fixture
def trial(ready, manager) -> Trial:
    return trials.try_out(ready, manager, "Why?", **SAMPLING)


def report(task, trial: Trial, attempt: int = 1, **fields) -> Trial:
    """Deliver a receipt as the consumer would, and read what the database made of it."""
    token = fields.pop("receipt", sign(str(trial.pk), attempt))
    task(completion=str(trial.pk), attempt=attempt, receipt=token, **fields)
    return Trial.objects.select_related("model_version").get(pk=trial.pk)


def test_a_new_version_is_checked_with_a_short_question(new, check, manager):
    assert (check.person, check.prompt, check.is_check) == (manager, Trial.PROMPT, True)
    assert check.max_new_tokens <= 16
    assert not ModelVersion.objects.usable().exists()


def test_a_version_that_answered_is_usable_as_the_checkpoint_that_answered(check):
    version = report(receipts.finished, check, **result("Hello."), model_sha256=SHA256).model_version
    assert version.checked_at and version.sha256 == SHA256
    assert list(ModelVersion.objects.usable()) == [version]


@pytest.mark.parametrize("rubbish", ["", "AB" * 32, "ab", 7, None, "zz" * 32, f"{SHA256}\n"])
def test_what_is_no_sha256_is_not_taken_for_one(check, rubbish):
    version = report(receipts.finished, check, **result(), model_sha256=rubbish).model_version
    assert version.checked_at and version.sha256 == ""


def test_a_worker_that_says_nothing_of_the_hash_has_compared_it_itself(manager):
    version = ModelVersion.objects.register(manager, name="known", source="folder", sha256=SHA256)
    checked = report(receipts.finished, version.trials.get(), **result()).model_version
    assert checked.checked_at and checked.sha256 == SHA256


def test_another_checkpoint_than_the_one_that_is_given_is_refused(manager):
    version = ModelVersion.objects.register(manager, name="known", source="folder", sha256=SHA256)
    refused = report(receipts.finished, version.trials.get(), **result(), model_sha256="cd" * 32).model_version
    assert refused.checked_at is None and refused.sha256 == SHA256
    assert "cd" * 32 in refused.check_error


def test_a_version_that_cannot_be_loaded_says_why(check):
    version = report(receipts.failed, check, detail="There is no such folder.", permanent=True).model_version
    assert version.checked_at is None
    assert version.check_error == "There is no such folder."


def test_a_check_that_may_yet_succeed_has_not_failed(check):
    again = report(receipts.failed, check, detail="The worker was stopped.", permanent=False)
    assert (again.state, again.attempt) == ("queued", 2)
    assert again.model_version.check_error == ""


def test_a_check_that_is_lost_with_its_worker_three_times_says_so(check):
    for attempt in (1, 2, 3):
        check.start(attempt)
        Trial.objects.update(started_at=timezone.now() - recovery.LOST - timedelta(seconds=1))
        recovery.sweep()
    version = ModelVersion.objects.get()
    assert "stopped answering" in version.check_error


def test_a_failed_check_is_made_again_when_it_is_asked_for(new, check, manager):
    report(receipts.failed, check, detail="There is no such folder.", permanent=True)
    second = trials.check(new, manager)
    assert second != check and second.state == "queued"
    new.refresh_from_db()
    assert new.check_error == ""
    assert report(receipts.finished, second, **result()).model_version.checked_at


def test_a_version_is_checked_once_at_a_time(new, check, manager):
    assert trials.check(new, manager) == check
    assert new.trials.count() == 1


def test_a_version_that_has_passed_is_not_checked_again(ready, manager):
    assert trials.check(ready, manager) is None
    assert ready.trials.count() == 1


def test_the_failure_of_a_late_check_takes_nothing_back(new, check):
    new.passed(SHA256)
    report(receipts.failed, check, detail="late", permanent=True)
    new.refresh_from_db()
    assert (new.check_error, new.sha256) == ("", SHA256)


def test_the_database_refuses_to_change_a_version_that_has_passed(ready):
    with pytest.raises(IntegrityError):
        ModelVersion.objects.filter(pk=ready.pk).update(sha256=SHA256)


def test_a_trial_is_stored_as_it_was_written(trial):
    stored = report(receipts.finished, trial, **result("**Yes.** <b>"))
    assert (stored.state, stored.text, stored.html) == ("done", "**Yes.** <b>", "")
    assert (stored.completion_tokens, stored.first_token_seconds, stored.seconds) == (2, 0.1, 0.2)


def test_a_trial_decides_nothing_about_its_version(new, manager):
    asked = trials.try_out(new, manager, "Why?", **SAMPLING)
    version = report(receipts.finished, asked, **result(), model_sha256=SHA256).model_version
    assert version.checked_at is None and version.sha256 == ""


def test_the_same_result_twice_is_stored_once(trial):
    first = report(receipts.finished, trial, **result("one"))
    second = report(receipts.finished, trial, **result("other"))
    assert (second.text, second.finished_at) == ("one", first.finished_at)


def test_a_late_result_of_an_older_attempt_changes_nothing(trial):
    report(receipts.failed, trial, detail="out of memory", permanent=False)
    late = report(receipts.finished, trial, attempt=1, **result("late"))
    assert (late.state, late.attempt, late.text) == ("queued", 2, "")
    assert report(receipts.finished, trial, attempt=2, **result("new")).text == "new"


@pytest.mark.parametrize("forge", [lambda t: "rubbish", lambda t: sign(str(t.pk), 2), lambda t: sign(uuid.uuid4(), 1)])
def test_a_forged_receipt_makes_no_version_usable(check, forge):
    with pytest.raises(receipts.Refused, match="wrong signature"):
        report(receipts.finished, check, receipt=forge(check), **result(), model_sha256=SHA256)
    assert not ModelVersion.objects.usable().exists()


def test_a_worker_is_asked_as_for_a_response(trial):
    request = generation.message(generation.find(trial.pk))
    assert request["messages"] == [{"role": "user", "content": "Why?"}]
    assert request["sampling"] == {**SAMPLING, "seed": trial.seed}
    assert request["receipt"] == sign(str(trial.pk), 1)


def test_what_was_never_sent_is_sent_by_the_sweeper(check, monkeypatch):
    sent = []
    monkeypatch.setattr(generation, "send", sent.append)
    Trial.objects.update(queued_at=timezone.now() - timedelta(seconds=6))
    recovery.sweep()
    assert sent == [check.pk]


def test_a_trial_is_stopped_when_it_is_no_longer_wanted(trial, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert trials.cancel(trial)
    assert streams.client().get(streams.attempt_key(trial.pk)) == "0"
    late = report(receipts.finished, trial, **result("late"))
    assert (late.state, late.text) == ("cancelled", "")


def test_the_next_trial_of_a_person_takes_the_place_of_the_one_they_wait_for(ready, trial, manager, bob):
    others = trials.try_out(ready, bob, "Why?", **SAMPLING)
    trials.try_out(ready, manager, "And now?", **SAMPLING)
    for asked in (trial, others):
        asked.refresh_from_db()
    assert (trial.state, others.state) == ("cancelled", "queued")


def test_trials_are_forgotten_after_a_week_and_checks_are_not(check, trial, ready, manager):
    long_ago = timezone.now() - timedelta(days=8)
    Trial.objects.update(created_at=long_ago)
    young = trials.try_out(ready, manager, "And now?", **SAMPLING)
    trials.forget_old()
    assert set(Trial.objects.all()) == {check, young}


def test_what_is_done_from_time_to_time_has_a_task():
    app.loader.import_default_modules()
    due = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert "labeling.forget_trials" in due
    assert {name for name in due if name.startswith("labeling.")} <= set(app.tasks)
