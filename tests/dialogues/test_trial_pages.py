"""What a manager sees of a check while it goes on, and the box to try a version out."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.dialogues import generation, trials
from labeling.dialogues.models import Trial
from labeling.projects.models import ModelVersion
from tests.people import result

HTMX = {"HX-Request": "true"}
FIELDS = {"prompt": "Why?", "temperature": 0.7, "top_p": 0.9, "max_new_tokens": 64}


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def new(manager) -> ModelVersion:
    return ModelVersion.objects.register(manager, name="mine", engine="scripted", source="scripted")


@pytest.fixture
def ready(new) -> ModelVersion:
    new.passed("")
    return new


@pytest.fixture
def trial(ready, manager) -> Trial:
    return trials.try_out(ready, manager, "Why?", temperature=0.7, top_p=0.9, max_new_tokens=64)


def check_of(client, version: ModelVersion) -> str:
    return client.get(f"/models/{version.pk}/check/", headers=HTMX).content.decode()


def box_of(client, version: ModelVersion) -> str:
    return client.get(f"/models/{version.pk}/trials/", headers=HTMX).content.decode()


def test_a_check_that_waits_says_for_how_long_and_asks_again(client, new):
    Trial.objects.update(created_at=timezone.now() - timedelta(seconds=7))
    said = check_of(client, new)
    assert "waits for a worker" in said and int(re.search(r"(\d+) seconds", said)[1]) >= 7
    assert 'hx-trigger="every 1s"' in said


def test_a_check_that_no_worker_takes_says_so(client, new):
    Trial.objects.update(queued_at=timezone.now() - timedelta(seconds=20))
    assert "No worker has taken it yet" in check_of(client, new)


def test_a_check_that_is_running_says_what_takes_so_long(client, new):
    Trial.objects.get().start(1)
    assert "A worker is checking it" in check_of(client, new)


def test_a_check_that_broke_off_says_why_while_it_is_tried_again(client, new):
    generation.fail(Trial.objects.get(), 1, "No memory: <b>16 GB</b>")
    said = check_of(client, new)
    assert "No memory: &lt;b&gt;16 GB&lt;/b&gt;" in said
    assert "every 1s" in said


@pytest.mark.parametrize("passes", [True, False])
def test_a_check_that_is_over_fetches_the_whole_page_anew(client, new, passes):
    check = Trial.objects.get()
    generation.store(check, 1, {**result(), "model_sha256": ""}) if passes else check.fail(1, "no")
    answer = client.get(f"/models/{new.pk}/check/", headers=HTMX)
    assert answer["HX-Refresh"] == "true"
    assert "every 1s" not in client.get(f"/models/{new.pk}/check/").content.decode()


def test_a_version_that_was_never_checked_can_be(client, manager):
    old = ModelVersion.objects.create(name="old", engine="scripted", source="scripted")
    assert "Check it now" in check_of(client, old)
    answer = client.post(f"/models/{old.pk}/check/")
    assert answer.url == f"/models/{old.pk}/"
    assert old.trials.get().is_check


def test_only_a_version_that_passed_its_check_is_tried_out(client, new):
    assert client.get(f"/models/{new.pk}/trials/").status_code == 404
    assert client.post(f"/models/{new.pk}/trials/", FIELDS).status_code == 404


def test_a_prompt_is_asked_with_its_sampling_and_the_answer_streams_in(client, ready):
    box = client.post(f"/models/{ready.pk}/trials/", FIELDS, headers=HTMX).content.decode()
    trial = Trial.objects.get(is_check=False)
    assert (trial.prompt, trial.temperature, trial.top_p, trial.max_new_tokens) == ("Why?", 0.7, 0.9, 64)
    assert f'hx-sse:connect="/streams/trials/{trial.pk}/' in box
    assert "in the queue" in box


def test_without_javascript_it_leads_to_a_page_of_its_own(client, ready):
    answer = client.post(f"/models/{ready.pk}/trials/", FIELDS)
    assert answer.url == f"/models/{ready.pk}/trials/"
    assert "Why?" in client.get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", " "),
        ("prompt", "a\0b"),
        ("temperature", 2.1),
        ("temperature", -0.1),
        ("temperature", "nan"),
        ("top_p", 0),
        ("top_p", 1.1),
        ("max_new_tokens", 0),
        ("max_new_tokens", 1_000_000),
    ],
)
def test_what_no_worker_would_take_is_said_at_its_field(client, ready, field, value):
    answer = client.post(f"/models/{ready.pk}/trials/", {**FIELDS, field: value}, headers=HTMX)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Trial.objects.filter(is_check=False).exists()


def test_a_whole_answer_comes_with_its_numbers(client, ready, trial):
    generation.store(trial, 1, {**result("Because <b>."), "model_sha256": ""})
    box = box_of(client, ready)
    assert "Because &lt;b&gt;." in box
    assert "came to its end" in box
    assert "2 tokens" in box and "0.10 s" in box and "0.20 s" in box
    assert "hx-sse" not in box


def test_an_answer_that_was_cut_off_says_so(client, ready, trial):
    generation.store(trial, 1, {**result(), "finish_reason": "length", "model_sha256": ""})
    assert "cut off at the longest response" in box_of(client, ready)


def test_an_answer_that_failed_says_why_in_the_workers_words(client, ready, trial):
    trial.fail(1, "The model is <i>gone</i>.")
    assert "The model is &lt;i&gt;gone&lt;/i&gt;." in box_of(client, ready)


def test_stopping_keeps_what_was_written_in_view(client, ready, trial):
    answer = client.post(f"/trials/{trial.pk}/cancel/", headers=HTMX)
    trial.refresh_from_db()
    assert trial.state == "cancelled"
    assert "stopped" in answer.content.decode()
    assert client.post(f"/trials/{trial.pk}/cancel/").url == f"/models/{ready.pk}/trials/"


def test_another_manager_sees_nothing_of_it_and_cannot_stop_it(client, ready, trial, admin_user):
    client.force_login(admin_user)
    assert "Why?" not in box_of(client, ready)
    assert client.post(f"/trials/{trial.pk}/cancel/").status_code == 404
    trial.refresh_from_db()
    assert trial.state == "queued"


def test_the_next_visit_starts_from_the_last_prompt(client, ready, trial):
    assert "Why?</textarea>" in box_of(client, ready)
    assert 'value="64"' in box_of(client, ready)
