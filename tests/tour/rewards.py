"""Reward models in every state, of the project that a crowd has judged; no worker takes up any of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from labeling.comparisons.models import Comparison
from labeling.datasets import making
from labeling.datasets.models import Snapshot
from labeling.projects.models import Axis, ModelVersion, Project
from labeling.rewards.models import Run
from labeling.rewards.wanted import usual
from tests.datasets.drawing import wanted
from tests.processes import wait_until
from tests.rewards.scored import asked, by_length, hold_out, ready
from tests.tour.several import SLUG

HELD = timedelta(hours=1)
STATES = ("ready", "trained", "waiting", "running", "failed", "cancelled", "untested")
CURVE = [
    {
        "step": step,
        "loss": 0.7 - 0.004 * step + 0.03 * (step % 3),
        "accuracy": 0.5 + 0.005 * step,
        "seconds": 2.0 * step,
    }
    for step in range(1, 40)
]
NO_MEMORY = "The GPU is out of memory at 16 pairs at once. Ask for shorter dialogues, for LoRA, or for a smaller base."


def learned_from(project: Project, base: ModelVersion) -> None:
    """One run for each of STATES, in this order. The last one learned of what holds nothing out."""
    terms: dict[str, Any] = {"kind": Run.Kind.TRAINED, "base": base, "wanted": usual(Axis.HELPFULNESS).kept()}
    nothing = made(project)
    hold_out(project, Comparison.objects.filter(project=project).order_by("created_at")[:36])
    snapshot = made(project)
    ready(snapshot, by_length)
    ready(snapshot, somewhat, **terms, curve=CURVE)
    now = timezone.now()
    asked(snapshot, **terms, sent_at=now + HELD)
    asked(snapshot, **terms, state=Run.State.RUNNING, beat_at=now + HELD, curve=CURVE[:25], done=25, total=40)
    asked(snapshot, **terms, state=Run.State.FAILED, error=NO_MEMORY, curve=CURVE[:3])
    asked(snapshot, state=Run.State.CANCELLED)
    ready(nothing, by_length)


def made(project: Project) -> Snapshot:
    """With its files, whoever writes them."""
    snapshot = Snapshot.objects.ask(project, wanted(project, "majority").kept())

    def is_there() -> bool:
        making.make(snapshot)
        snapshot.refresh_from_db()
        return snapshot.state == Snapshot.State.READY

    wait_until(is_there)
    return snapshot


def somewhat(comparison: Comparison) -> tuple[float, float]:
    """By what is in the key, as if by chance, and a little by length."""
    one, other = by_length(comparison)
    chance = comparison.pk.int % 1000 / 400 - 1.25
    return 0.3 * one + chance, 0.3 * other - chance


def pages() -> Iterator[tuple[str, Any]]:
    """Names of pictures, and addresses."""
    for number, state in enumerate(STATES, 1):
        yield f"run-{state}", reverse("run", args=[SLUG, number])
    yield "runs-several", reverse("runs", args=[SLUG])
    yield "runs-empty", reverse("runs", args=["own-prompt"])
    yield "run-new-several", reverse("run_new", args=[SLUG])
    yield "run-pairs-narrowed", f"{reverse('run_pairs', args=[SLUG, 1])}?degree=2&right=0"
    yield "run-pairs-none", f"{reverse('run_pairs', args=[SLUG, 1])}?language=fr"
    yield "run-comparison-several", reverse("run_comparison", args=[SLUG, 1, 2])
    yield "run-comparison-unready", reverse("run_comparison", args=[SLUG, 1, 3])
    yield "run-rounds-several", reverse("run_rounds", args=[SLUG])
    yield "run-rounds-empty", reverse("run_rounds", args=["empty"])
