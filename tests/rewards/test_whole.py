"""From a snapshot to scores, by all processes that have a part in it."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from labeling import processes
from labeling.datasets.artifacts import artifacts
from labeling.processes import Supervisor
from labeling.projects.models import ModelVersion
from labeling.rewards import scoring, stream
from labeling.rewards.models import Run
from labeling.stack import home
from tests.models_runtime.tiny_models import llama
from tests.processes import wait_until


@pytest.fixture(autouse=True)
def store() -> None:
    """The installation's own: its workers write there."""


@pytest.fixture
def training(installation) -> Iterator[None]:
    supervisor = Supervisor([processes.training()])
    supervisor.start("training")
    try:
        wait_until(stream.is_worker_there)
        yield
    finally:
        supervisor.close()
        stream.streams.client().delete(stream.TRAINING)


def test_a_command_trains_a_model_that_has_scored_what_is_held_out(training, snapshot):
    llama(home() / "models" / "tiny")
    ModelVersion.objects.create(name="tiny", source="tiny", checked_at=timezone.now())
    asked = {"project": "help", "snapshot": 1, "axis": "safety", "base": "tiny"}
    out = StringIO()
    call_command("train_reward", stdout=out, learning_rate=1e-3, lora_rank=4, **asked)
    run = Run.objects.get()
    assert run.state == Run.State.READY and "Help, reward model 1 is ready" in out.getvalue()
    assert {score.comparison_id for score in run.scores.all()} == {one.pk for one in scoring.held_out(run)} != set()
    assert [point["step"] for point in run.curve] == list(range(1, len(run.curve) + 1)) and len(run.curve) >= 20
    assert run.seconds["train"] > 0 and run.seconds["score"] > 0
    assert run.artifact in artifacts() and run.rows not in artifacts()
