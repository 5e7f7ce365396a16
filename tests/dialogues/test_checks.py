"""The check of a new model version and a trial of it, with every process of an installation running."""

import json
import signal

import pytest

from labeling.dialogues import streams, trials
from labeling.dialogues.models import Trial
from labeling.projects.models import ModelVersion
from labeling.stack import home
from tests.dialogues.streaming import lose
from tests.people import join
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager(transactional_db):
    return join("managers", "manager@example.org")


def register(manager, source: str, engine: str = "scripted", **fields) -> ModelVersion:
    return ModelVersion.objects.register(manager, name=f"{source} ({engine})", engine=engine, source=source, **fields)


def checked(version: ModelVersion) -> ModelVersion:
    def is_over() -> bool:
        version.refresh_from_db()
        return version.state != "new"

    wait_until(is_over)
    return version


def text_so_far(trial: Trial) -> str:
    return "".join(entry.text for entry in streams.so_far([trial])[0])


def test_a_model_that_answers_passes_its_check_by_itself(manager, installation):
    version = checked(register(manager, "scripted"))
    assert version.state == "ready"
    check = version.trials.get()
    assert check.text and check.completion_tokens <= check.max_new_tokens


def test_a_model_that_refuses_every_request_fails_its_check_with_its_own_words(manager, installation):
    version = checked(register(manager, "scripted:fails"))
    assert version.state == "refused"
    assert version.check_error == "The scripted model refuses every request."


def test_a_model_that_breaks_off_once_passes_all_the_same(manager, installation):
    version = checked(register(manager, "scripted:fails-once"))
    assert version.state == "ready"
    assert version.trials.get().attempt == 2


def test_a_folder_that_is_not_there_is_named_by_the_worker_and_checked_again_on_demand(manager, installation):
    version = checked(register(manager, "nowhere", "transformers"))
    assert version.state == "refused"
    assert "'nowhere'" in version.check_error and "MODEL_FOLDERS" in version.check_error
    trials.check(version, manager)
    assert checked(version).trials.count() == 2


def test_the_real_model_is_loaded_and_its_checkpoint_recorded(manager, installation_with_model, default_model):
    version = checked(register(manager, default_model, "transformers"))
    assert version.state == "ready", version.check_error
    record = json.loads((home() / "models" / default_model / "checkpoint.json").read_text())
    assert version.sha256 == record["sha256"]
    trial = trials.try_out(version, manager, "Name a colour.", temperature=0.7, top_p=0.9, max_new_tokens=24)
    wait_until(lambda: Trial.objects.get(pk=trial.pk).state == "done")
    trial.refresh_from_db()
    assert trial.text.strip() and trial.first_token_seconds <= trial.seconds


def test_another_checkpoint_than_the_one_that_is_given_is_refused(manager, installation_with_model, default_model):
    version = checked(register(manager, default_model, "transformers", sha256="ab" * 32))
    assert version.state == "refused"
    assert "ab" * 32 in version.check_error


def test_a_worker_killed_in_mid_check_costs_a_retry(manager, installation, monkeypatch):
    monkeypatch.setitem(trials.CHECK, "max_new_tokens", 64)
    version = register(manager, "scripted:slow")
    check = version.trials.get()
    wait_until(lambda: text_so_far(check))
    installation.kill("generation", signal.SIGKILL)
    lose(check)
    installation.start("generation")
    assert checked(version).state == "ready"
    assert version.trials.get().attempt == 2


def test_a_check_waits_for_a_worker_that_is_away(manager, installation):
    installation.stop("generation")
    version = register(manager, "scripted")
    installation.start("generation")
    assert checked(version).state == "ready"


def test_stopping_a_trial_that_would_take_minutes_frees_the_worker(manager, installation):
    version = checked(register(manager, "scripted:long"))
    trial = trials.try_out(version, manager, "Why?", temperature=0.7, top_p=0.9, max_new_tokens=4096)
    wait_until(lambda: text_so_far(trial))
    trials.cancel(trial)
    wait_until(lambda: streams.client().get(streams.heartbeat_key(trial.pk, 1)) == "done")
    trial.refresh_from_db()
    assert (trial.state, trial.text) == ("cancelled", "")
