"""A quick reward model from its first wish to its scores; and the command that makes one."""

from collections.abc import Callable

import numpy as np
import pytest
from django.db import OperationalError
from safetensors.numpy import load

from labeling.comparisons.models import Comparison
from labeling.datasets import files, making
from labeling.datasets.artifacts import artifacts
from labeling.datasets.models import Snapshot, Use
from labeling.projects.models import Project
from labeling.rewards import encoding, quick, sending
from labeling.rewards.models import Encoding, Run, Score
from labeling.rewards.preferences import preferred
from tests.datasets.drawing import wanted
from tests.datasets.test_holding_out import close
from tests.people import join, make_project
from tests.quality.judging import compared, judged
from tests.rewards.reading import ENCODER, read, states

pytestmark = pytest.mark.usefixtures("own_stream", "few_are_enough")

ENOUGH, HELD_OUT = 30, 3


@pytest.fixture
def few_are_enough(monkeypatch) -> None:
    """So that a round is judged in a second."""
    monkeypatch.setattr(quick, "LEAST", 20)


def fill(project: Project, person, count: int = ENOUGH) -> list[Comparison]:
    """The good response is preferred nine times of ten, be it the first or the second."""
    made = []
    for number in range(count):
        texts = (f"good {number}", f"bad {number}")
        pair = compared(person, project, texts if number % 2 else texts[::-1])
        step = 2 if pair.first.text.startswith("good") == bool(number % 10) else -2
        for axis in project.axes_in_order():
            judged(pair, person, step, kind="author", axis=axis)
        made.append(pair)
    return made


@pytest.fixture
def project(alice) -> Project:
    return make_project("both", gates=[])


@pytest.fixture
def closed(alice, project) -> list[Comparison]:
    made = fill(project, alice)
    close(project)
    return made


def snapshot_of(project: Project) -> Snapshot:
    snapshot = Snapshot.objects.ask(project, wanted(project).kept())
    assert making.make(snapshot)
    snapshot.refresh_from_db()
    return snapshot


def asked(project: Project, axis: str = "helpfulness", snapshot: Snapshot | None = None) -> Run:
    return Run.objects.ask(
        project, kind=Run.Kind.QUICK, axis=axis, snapshot=snapshot or snapshot_of(project), wanted={}
    )


def made(run: Run) -> Run:
    quick.make_due()
    return Run.objects.select_related("snapshot").get(pk=run.pk)


def weights(run: Run) -> dict[str, np.ndarray]:
    manifest = files.manifest_of(run)
    sha256 = next(file["sha256"] for file in manifest["files"] if file["path"] == "head.safetensors")
    return load(b"".join(artifacts().read(sha256)))


def right(run: Run, comparisons: list[Comparison]) -> float:
    """Of these, how often it prefers the good response."""
    said = {score.comparison_id: score.first > score.second for score in run.scores.all()}
    of = [pair for pair in comparisons if pair.pk in said]
    return sum(said[pair.pk] == pair.first.text.startswith("good") for pair in of) / len(of)


def test_it_learns_what_people_prefer_and_scores_what_is_held_out(project, closed):
    read(closed)
    run = made(asked(project))
    assert (run.state, run.error) == ("ready", "")
    held_out = {one.comparison for one in preferred(run.snapshot) if one.held_out}
    assert set(run.scores.values_list("comparison_id", flat=True)) == held_out
    assert len(held_out) == HELD_OUT
    assert right(run, closed) > 0.5, "of three, one may look like those that people were wrong about"
    assert all(0 < score.spread < 5 for score in run.scores.all())


def test_it_says_what_it_was_made_of_and_what_each_part_took(project, closed):
    read(closed)
    run = made(asked(project))
    assert run.learned["encoder"] == ENCODER
    assert run.learned["comparisons"] == run.learned["prompts"] == ENOUGH - HELD_OUT
    assert 0.8 < run.learned["unseen"]["accuracy"] <= 1
    assert run.seconds["encode"] == pytest.approx(0.5 * ENOUGH), "as the worker said, once for each comparison"
    assert run.seconds["train"] > 0 and run.seconds["score"] > 0
    assert run.ready_at


def test_its_artifact_is_all_that_scoring_takes(project, closed):
    read(closed)
    run = made(asked(project))
    head, score = weights(run), run.scores.select_related("comparison__first").first()
    text = score.comparison.first.text
    features = np.concatenate([states(text), states(text)[::-1]]).astype(np.float16).astype(np.float32)
    assert features @ head["weight"] - head["centre"][0] == pytest.approx(score.first, abs=1e-3)
    card = next(file for file in files.manifest_of(run)["files"] if file["path"] == "README.md")
    assert ENCODER in b"".join(artifacts().read(card["sha256"])).decode()


def test_it_waits_until_all_is_read_and_says_how_far_that_is(project, closed):
    run = made(asked(project))
    assert (run.state, run.done, run.total) == ("waiting", 0, ENOUGH)
    read(closed[:20])
    run = made(run)
    assert (run.state, run.done, run.total) == ("waiting", 20, ENOUGH)
    read(closed[20:])
    assert made(run).state == "ready"


def test_what_the_encoder_cannot_read_is_left_out_and_counted(project, closed):
    read(closed[3:])
    encoding.store(ENCODER, "", [], {str(pair.pk): "no" for pair in closed[:3]}, 0)
    run = made(asked(project))
    assert run.state == "ready"
    assert run.learned["not_readable"] == 3


def test_it_learns_nothing_from_what_is_held_out(alice, project, closed):
    read(closed)
    snapshot = snapshot_of(project)
    first = made(asked(project, snapshot=snapshot))
    held_out = {one.comparison for one in preferred(snapshot) if one.held_out}
    turned = [pair for pair in closed if pair.pk in held_out]
    Encoding.objects.filter(comparison__in=held_out).delete()
    read(turned, make=lambda text: -100 * states(text))
    second = made(asked(project, snapshot=snapshot))
    assert (weights(first)["weight"] == weights(second)["weight"]).all()
    assert right(second, turned) < 0.5


def test_the_same_snapshot_makes_the_same_head(project, closed):
    read(closed)
    snapshot = snapshot_of(project)
    one, other = made(asked(project, snapshot=snapshot)), made(asked(project, snapshot=snapshot))
    assert all((weights(one)[name] == weights(other)[name]).all() for name in weights(one))


def test_each_axis_is_learned_from_what_was_said_on_it(alice, project):
    made_pairs = []
    for number in range(ENOUGH):
        pair = compared(alice, project, (f"good {number}", f"bad {number}"))
        good = 2 if pair.first.text.startswith("good") else -2
        judged(pair, alice, good, kind="author")
        judged(pair, alice, -good, kind="author", axis="safety")
        made_pairs.append(pair)
    close(project)
    read(made_pairs)
    snapshot = snapshot_of(project)
    assert right(made(asked(project, "helpfulness", snapshot)), made_pairs) == 1.0
    assert right(made(asked(project, "safety", snapshot)), made_pairs) == 0.0


def test_several_people_count_by_their_number(alice, project):
    carol = join("first", "carol@example.org")
    pair, *_ = fill(project, alice, 5)
    judged(pair, carol, 3)
    of = {one.comparison: one for one in preferred(snapshot_of(project)) if one.axis == "helpfulness"}
    shares = sorted({1.0, 0.0, (1 + (of[pair.pk].share > 0)) / 2})
    assert of[pair.pk].weight == 2 and of[pair.pk].share in shares
    assert all(one.weight == 1 for key, one in of.items() if key != pair.pk)


def test_too_few_end_it_with_what_to_do(alice, project):
    few = fill(project, alice, 10)
    read(few)
    run = made(asked(project))
    assert run.state == "failed"
    assert "10 comparisons of 10 prompts, and 20 of 5 are the least" in run.error


def test_a_snapshot_that_never_becomes_ready_ends_it(project, closed):
    snapshot = Snapshot.objects.ask(project, wanted(project).kept())
    run = asked(project, snapshot=snapshot)
    assert made(run).state == "waiting"
    assert snapshot.cancel()
    assert made(run).state == "failed" and "snapshot" in made(run).error


def test_an_artifact_that_is_damaged_is_read_again(project, closed, settings):
    read(closed)
    artifact = Encoding.objects.values_list("artifact", flat=True).distinct().get()
    artifacts().delete(artifact)
    run = made(asked(project))
    assert run.state == "waiting"
    run = made(run)
    assert (run.state, run.done) == ("waiting", 0)
    read(closed)
    assert made(run).state == "ready"


def test_what_breaks_while_it_waits_is_told_on_its_page_and_may_be_tried_again(project, closed, monkeypatch):
    read(closed)
    run, next_one = asked(project), asked(project, "safety")
    with monkeypatch.context() as broken:
        broken.setattr(quick.encoding, "how_many", breaking(run, KeyError))
        run = made(run)
    assert run.state == "failed" and "nobody foresaw" in run.error
    assert made(next_one).state == "ready", "one that breaks keeps none of the others"
    assert sending.try_again(run)
    assert made(run).state == "ready"


def test_what_the_database_refuses_for_a_moment_goes_on_waiting(project, closed, monkeypatch):
    read(closed)
    run = asked(project)
    with monkeypatch.context() as broken:
        broken.setattr(quick.encoding, "how_many", breaking(run, OperationalError))
        assert made(run).state == "waiting"
    assert made(run).state == "ready"


def breaking(run: Run, error: type[Exception]) -> Callable[[Snapshot], tuple[int, int]]:
    how_many = encoding.how_many

    def broken(snapshot: Snapshot) -> tuple[int, int]:
        if snapshot.pk == run.snapshot_id:
            raise error("broken")
        return how_many(snapshot)

    return broken


def test_where_the_store_is_away_it_says_so_and_may_be_tried_again(project, closed, store):
    read(closed)
    run = asked(project)
    store.rename(store.with_name("aside"))
    run = made(run)
    assert run.state == "failed" and "once the store of files is there" in run.error
    store.with_name("aside").rename(store)
    assert sending.try_again(run)
    assert made(run).state == "ready"


def test_one_whose_snapshot_failed_says_what_to_try_first(project, closed):
    read(closed)
    snapshot = Snapshot.objects.ask(project, wanted(project).kept())
    Snapshot.objects.filter(pk=snapshot.pk).update(state="failed", error="The store is away.")
    run = made(asked(project, snapshot=snapshot))
    assert run.state == "failed" and "Try that one again" in run.error
    run.snapshot.refresh_from_db()
    assert run.snapshot.try_again() and making.make(run.snapshot)
    assert sending.try_again(run)
    assert made(run).state == "ready"


def test_cancelled_while_it_waits_it_stays_so(project, closed):
    run = asked(project)
    assert run.cancel()
    read(closed)
    assert made(run).state == "cancelled"
    assert not Score.objects.exists()


def test_cancelled_while_it_is_fitted_nothing_is_kept(project, closed, monkeypatch):
    read(closed)
    run, keep = asked(project), quick.heads.keep

    def cancelled_first(*args):
        assert Run.objects.get().cancel()
        return keep(*args)

    monkeypatch.setattr(quick.heads, "keep", cancelled_first)
    run = made(run)
    assert (run.state, run.artifact) == ("cancelled", "")
    assert not Score.objects.exists() and not Use.objects.exists()


def test_what_it_was_trained_on_is_noted(project, closed):
    read(closed)
    run = made(asked(project))
    assert run.snapshot.uses.get().name == str(run)
