"""What training workers report: believed if it is signed, and only of the attempt that counts."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.datasets.artifacts import artifacts
from labeling.dialogues.receipts import Refused
from labeling.projects.models import Project
from labeling.rewards import receipts, recovery, scoring, sending, stream
from labeling.rewards.models import Run, Score
from labeling.rewards.models.run import LEASE, MAX_TRIES
from labeling.rewards.wanted import Wanted
from tests.people import join
from tests.rewards.conftest import closed, made_once

pytestmark = pytest.mark.usefixtures("sent")

MODEL = "a" * 64
POINT = {"step": 1, "loss": 0.7, "accuracy": 0.5, "seconds": 1.0}


@pytest.fixture(scope="module")
def of_all_tests(django_db_setup, django_db_blocker) -> Iterator[Project]:
    """One of its comparisons is held out."""
    with made_once(django_db_blocker):
        yield closed(join("first", "alice@example.org"), pairs=10)


@pytest.fixture
def run(project, snapshot, base, django_capture_on_commit_callbacks) -> Run:
    about = {"kind": Run.Kind.TRAINED, "axis": "helpfulness", "snapshot": snapshot, "base": base}
    with django_capture_on_commit_callbacks(execute=True):
        run = Run.objects.ask(project, **about, wanted=Wanted().kept())
        sending.send_on_commit(run)
    return Run.objects.get(pk=run.pk)


def ticket(run: Run) -> dict:
    return sending.ticket(Run.objects.get(pk=run.pk))


def again(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def report(run: Run, name: str, **fields) -> Run:
    getattr(receipts, f"run_{name}")(**{**ticket(run), **fields})
    return again(run)


def progress(run: Run, done: int = 1, **fields) -> Run:
    return report(run, "progress", done=done, total=10, points=fields.pop("points", [POINT]), **fields)


def rewards(lines: list[dict]) -> str:
    whole = "".join(json.dumps(line) + "\n" for line in lines).encode()
    sha256 = hashlib.sha256(whole).hexdigest()
    with artifacts().draft() as folder:
        (folder / "rewards").write_bytes(whole)
        artifacts().add(folder / "rewards", sha256)
    return sha256


def trained(run: Run, capture) -> Run:
    with capture(execute=True):
        report(run, "trained", artifact=MODEL, seconds=12.5)
    return again(run)


def test_a_run_is_sent_to_the_queue_of_training_workers(run, sent):
    ((name, request, queue),) = sent
    assert (name, queue, request["run"]) == ("models_runtime.train", "training", str(run.pk))
    assert run.sent_at and stream.streams.client().get(f"run:{run.pk}:attempt") == "1"


def test_a_worker_that_begins_is_seen_with_its_curve(run):
    found = progress(run)
    assert (found.state, found.done, found.total, found.curve) == ("running", 1, 10, [POINT])
    assert found.beat_at


def test_a_curve_that_is_told_again_after_a_resume_has_each_step_once(run):
    progress(run, points=[{**POINT, "step": step} for step in (1, 2, 3)])
    found = progress(run, points=[{**POINT, "step": 3, "loss": 0.5}, {**POINT, "step": 4}])
    assert [(point["step"], point["loss"]) for point in found.curve] == [(1, 0.7), (2, 0.7), (3, 0.5), (4, 0.7)]


def test_what_is_trained_is_tested_on_what_is_held_out_of_both_axes(run, sent, django_capture_on_commit_callbacks):
    found = trained(run, django_capture_on_commit_callbacks)
    assert (found.state, found.artifact, found.seconds) == ("scoring", MODEL, {"train": 12.5})
    name, request, _ = sent[-1]
    assert (name, request["checkpoint"], request["rows"]) == ("models_runtime.score", MODEL, found.rows)
    header, *lines = [json.loads(line) for line in b"".join(artifacts().read(found.rows)).splitlines()]
    held_out = list(scoring.held_out(found))
    assert request["attempt"] == 2, "a worker takes up no message about an attempt that it has done"
    assert header == {"run": str(run.pk), "attempt": 2} and held_out
    assert [line["id"] for line in lines] == [str(one.pk) for one in held_out]
    assert lines[0]["responses"] == [held_out[0].first.text, held_out[0].second.text]
    assert lines[0]["context"] == held_out[0].context


def test_scores_stand_in_the_order_of_the_comparison_and_the_texts_are_deleted(run, django_capture_on_commit_callbacks):
    found = trained(run, django_capture_on_commit_callbacks)
    held_out = list(scoring.held_out(found))
    lines = [{"id": str(one.pk), "rewards": [place, -place]} for place, one in enumerate(held_out)]
    name = rewards([*lines, {"id": str(run.pk), "rewards": [0, 0]}])
    ready = report(found, "scored", rewards=name, seconds=3)
    assert (ready.state, ready.seconds) == ("ready", {"train": 12.5, "score": 3.0}) and ready.ready_at
    assert {(one.comparison_id, one.first, one.second) for one in Score.objects.filter(run=run)} == {
        (one.pk, place, -place) for place, one in enumerate(held_out)
    }
    assert found.rows not in artifacts() and name not in artifacts()


def test_where_nothing_is_held_out_it_is_ready_without_scores(run, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(scoring, "held_out", lambda run: iter(()))
    assert trained(run, django_capture_on_commit_callbacks).state == "ready"
    assert not Score.objects.exists()


def test_where_the_store_is_away_it_says_so_and_is_only_tested_again(
    run, store, sent, django_capture_on_commit_callbacks
):
    store.rename(store.with_name("aside"))
    store.write_text("no folder")
    found = trained(run, django_capture_on_commit_callbacks)
    assert (found.state, found.artifact) == ("failed", MODEL) and "could not be written" in found.error
    recovery.sweep()
    assert [name for name, *_ in sent] == ["models_runtime.train"]
    store.unlink()
    store.with_name("aside").rename(store)
    with django_capture_on_commit_callbacks(execute=True):
        assert sending.try_again(found)
    assert again(run).state == "scoring" and sent[-1][0] == "models_runtime.score"


@pytest.mark.parametrize("broken", ["0" * 64, "", 7])
def test_scores_that_cannot_be_read_fail_it_and_it_is_only_tested_again(
    run, broken, sent, django_capture_on_commit_callbacks
):
    found = report(trained(run, django_capture_on_commit_callbacks), "scored", rewards=broken, seconds=3)
    assert found.state == "failed" and "could not be read" in found.error
    with django_capture_on_commit_callbacks(execute=True):
        assert sending.try_again(found)
    assert again(run).state == "scoring" and sent[-1][0] == "models_runtime.score" and sent[-1][1]["attempt"] == 3


def test_a_failure_is_told_in_the_workers_words_and_may_be_tried_again(run, sent, django_capture_on_commit_callbacks):
    found = report(run, "failed", detail="The disk is full.\0", stopped=False)
    assert (found.state, found.error) == ("failed", "The disk is full.\ufffd")
    with django_capture_on_commit_callbacks(execute=True):
        assert sending.try_again(found)
    assert (again(run).state, again(run).error, sent[-1][1]["attempt"]) == ("waiting", "", 2)


def test_a_worker_that_was_stopped_hands_it_over(run, sent):
    progress(run)
    found = report(run, "failed", detail="The worker was stopped.", stopped=True)
    assert (found.state, found.attempt, found.tries) == ("waiting", 2, 0)
    assert sent[-1][1]["attempt"] == 2


def test_what_is_cancelled_stays_so_whatever_the_worker_reports(run, django_capture_on_commit_callbacks):
    progress(run)
    with django_capture_on_commit_callbacks(execute=True):
        assert sending.cancel(again(run))
    assert stream.streams.client().get(f"run:{run.pk}:attempt") == "0"
    assert progress(run, done=5).state == "cancelled"
    assert report(run, "trained", artifact=MODEL, seconds=1).state == "cancelled"
    assert not sending.cancel(again(run))


def test_an_earlier_attempt_changes_nothing(run):
    old = ticket(run)
    assert again(run).hand_over()
    receipts.run_trained(**old, artifact=MODEL, seconds=1)
    receipts.run_failed(**old, detail="no")
    assert again(run).state == "waiting" and not again(run).artifact


@pytest.mark.parametrize("changes", [{"receipt": "forged"}, {"attempt": 2}, {"run": "0" * 8}])
def test_a_receipt_that_nobody_signed_is_refused(run, changes):
    with pytest.raises(Refused):
        receipts.run_failed(**{**ticket(run), **changes}, detail="no")


@pytest.mark.parametrize("points", ["x", [1, None], [{"step": "x", "loss": float("nan"), "accuracy": True}]])
def test_rubbish_in_a_report_is_left_out(run, points):
    found = report(run, "progress", done=-5, total=1e30, points=points)
    assert found.done == 0 and all(point["loss"] == 0 for point in found.curve)


def test_a_worker_that_is_not_heard_of_is_given_up_for_the_next_and_at_last_for_a_person(run, sent):
    for attempt in range(1, MAX_TRIES + 1):
        assert again(run).attempt == attempt
        progress(run)
        recovery.sweep()
        assert again(run).state == "running"
        Run.objects.filter(pk=run.pk).update(beat_at=timezone.now() - LEASE - timedelta(seconds=1))
        recovery.sweep()
    found = again(run)
    assert found.state == "failed" and "ended several times" in found.error
    assert [request["attempt"] for _, request, _ in sent] == [1, 2, 3]


def test_a_message_that_was_lost_is_sent_again_and_one_that_waits_is_not(run, sent, monkeypatch):
    recovery.sweep()
    assert len(sent) == 1
    Run.objects.filter(pk=run.pk).update(sent_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(recovery, "waiting_messages", lambda queue: 1)
    recovery.sweep()
    assert len(sent) == 1
    monkeypatch.setattr(recovery, "waiting_messages", lambda queue: 0)
    recovery.sweep()
    assert len(sent) == 2 and sent[0] == sent[1]


@pytest.mark.parametrize(
    "fields",
    [{"state": "failed"}, {"state": "ready"}, {"state": "scoring"}, {"base": None}, {"kind": "quick"}],
    ids=str,
)
def test_the_database_refuses_what_makes_no_sense(run, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(**fields)
