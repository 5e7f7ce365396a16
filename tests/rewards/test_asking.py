"""What has to be so before a reward model is trained, and what the worker is told."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labeling.datasets.models import Root, Snapshot, Use
from labeling.datasets.wanted import Config
from labeling.projects.models import ModelVersion
from labeling.rewards import asking, sending
from labeling.rewards.models import Run
from labeling.rewards.wanted import Loss, Margin, Wanted, usual
from tests.rewards.conftest import snapshot_of

LARGE = {4: 3.0, 3: 2.0, 2: 1.0, 1: 0.0}


def ask(snapshot: Snapshot, base: ModelVersion, axis: str = "helpfulness", **fields) -> Run:
    mixed_in = fields.pop("mixed_in", None)
    return asking.ask(snapshot, axis, base, Wanted(**fields), mixed_in=mixed_in)


def test_a_run_waits_for_a_worker_and_has_the_projects_next_number(snapshot, base):
    one, two = ask(snapshot, base), ask(snapshot, base, "safety")
    assert (one.number, two.number, one.state, one.kind) == (1, 2, "waiting", "trained")
    assert Wanted.of(one.wanted) == Wanted()


def test_whoever_asks_twice_for_one_number_gets_one(snapshot, base):
    number = Run.objects.next_number(snapshot.project)
    one, same = (asking.ask(snapshot, "safety", base, Wanted(), number=number) for _ in range(2))
    other = asking.ask(snapshot, "safety", base, Wanted(seed=1), number=number)
    assert one == same and (one.number, other.number) == (1, 2)
    assert Use.objects.count() == 2


def test_what_it_is_trained_on_is_never_held_out_and_erasers_read_its_name(snapshot, base):
    ask(snapshot, base)
    assert Use.objects.get().name == "Help, reward model 1"
    assert not Root.objects.filter(side="train", trained_at=None).exists()
    assert not Root.objects.filter(side="held_out").exclude(trained_at=None).exists()


@pytest.mark.parametrize(
    ("preset", "margins"),
    [(Margin.NONE, []), (Margin.SMALL, [0, 1 / 3, 2 / 3, 1]), (Margin.LARGE, [0, 1, 2, 3])],
)
def test_the_worker_is_told_which_margin_is_wanted_for_that_of_each_degree(project, base, preset, margins):
    snapshot = snapshot_of(project, margins=LARGE)
    told = sending.to_train(ask(snapshot, base, margin=preset))
    assert [new for _, new in told["own"]["margins"]] == pytest.approx(margins)
    assert [old for old, _ in told["own"]["margins"]] == ([0, 1, 2, 3] if margins else [])


def test_the_worker_is_told_all_that_it_needs_and_signed(snapshot, base):
    run = ask(snapshot, base, mix=0.5)
    told = sending.to_train(run)
    assert told["own"]["manifest"] == snapshot.artifact and told["own"]["config"] == "helpfulness"
    assert [source["axis"] for source in told["others"]] == ["safety"]
    assert told["base"] == base.spec() and told["wanted"]["mix"] == 0.5
    assert told["run"] == str(run.pk) and told["receipt"]
    assert not sending.to_train(ask(snapshot, base, mix=0.0))["others"]


def test_a_mix_is_drawn_from_another_snapshot_too(project, snapshot, base):
    other = snapshot_of(project, margins=None)
    told = sending.to_train(ask(snapshot, base, mix=0.5, mixed_in=other))
    assert [(source["manifest"], source["axis"]) for source in told["others"]] == [
        *((snapshot.artifact, "safety"), (other.artifact, "helpfulness"), (other.artifact, "safety"))
    ]
    assert Use.objects.count() == 2


def test_soft_labels_are_read_from_their_own_config(project, base):
    snapshot = snapshot_of(project, configs=(Config.HELPFULNESS, Config.SAFETY, Config.SOFT))
    told = sending.to_train(ask(snapshot, base, loss=Loss.SOFT))
    assert (told["own"]["config"], told["own"]["margins"]) == ("soft", [])


def test_llama_2s_mixes_and_safety_term_are_what_is_usual():
    assert (usual("helpfulness").mix, usual("safety").mix) == (0.5, 0.1)
    assert (usual("helpfulness").safety_weight, usual("safety").safety_weight) == (0.0, 1.0)
    assert (usual("safety").batch_pairs, usual("safety").learning_rate, usual("safety").epochs) == (512, 1e-5, 1.0)


def refused(*asked, **fields) -> str:
    with pytest.raises(asking.NotPossible) as refusal:
        ask(*asked, **fields)
    assert not Run.objects.exists() and not Use.objects.exists()
    return str(refusal.value)


def test_a_snapshot_that_is_not_ready_is_refused(project, snapshot, base):
    waiting = Snapshot.objects.ask(project, snapshot.wanted)
    assert "is not ready" in refused(waiting, base)
    assert "is not ready" in refused(snapshot, base, mixed_in=waiting)


def test_a_snapshot_without_what_is_read_is_refused(project, base):
    bare = snapshot_of(project, margins=None, configs=(Config.HELPFULNESS,))
    assert "without margins" in refused(bare, base)
    assert "without the config “safety”" in refused(bare, base, "safety", margin=Margin.NONE)
    assert "without the config “soft”" in refused(bare, base, loss=Loss.SOFT)


def test_a_base_that_no_worker_has_loaded_is_refused(snapshot, base):
    new = ModelVersion.objects.create(name="new", source="other")
    assert "No worker has loaded new yet" in refused(snapshot, new)
    assert "answered elsewhere" in refused(snapshot, ModelVersion.objects.get(name="help-0"))


def test_too_few_preferences_are_refused(project, base):
    few = snapshot_of(project, last_day="2001-01-01")
    assert "has 0 preferences to train on, and 20 is the least" in refused(few, base)


def test_a_snapshot_whose_margins_leave_out_nearly_all_is_refused(snapshot, base):
    snapshot.counts["safety"]["excluded"]["no_degree"] = 10
    snapshot.counts["safety"]["train"]["preferences"] = 24
    snapshot.counts["safety"]["held_out"]["preferences"] = 5
    assert "leaves out preferences without a degree: 10 here" in refused(snapshot, base, "safety")
    snapshot.counts["safety"]["excluded"]["no_degree"] = 9
    assert ask(snapshot, base, "safety").state == "waiting"


def command(**options) -> str:
    out = StringIO()
    given = {"project": "help", "snapshot": 1, "axis": "helpfulness", "base": "base", "no_follow": True}
    call_command("train_reward", stdout=out, **{**given, **options})
    return out.getvalue()


def test_the_command_asks_for_what_is_usual_unless_it_is_told(snapshot, base):
    assert "Help, reward model 1" in command()
    command(axis="safety", loss=Loss.SCALED, mix=0.2, lora_rank=8, epochs=2.0, seed=5, mixed_in="help:1")
    one, two = (Wanted.of(run.wanted) for run in Run.objects.order_by("number"))
    assert one == usual("helpfulness")
    assert (two.loss, two.mix, two.lora_rank, two.epochs, two.seed) == (Loss.SCALED, 0.2, 8, 2.0, 5)
    assert two.safety_weight == 1.0 and Run.objects.get(number=2).mixed_in == snapshot


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"project": "nope"}, "There is no project nope. Projects here: help."),
        ({"snapshot": 9}, "Help has no snapshot 9. Its snapshots: 1."),
        ({"base": "nope"}, "There is no model version “nope”. Usable ones: “"),
        ({"mix": 1.0}, "--mix is a share below 1."),
        ({"lora_rank": 0}, "are above 0"),
        ({"mixed_in": "help"}, "help should be a project and a number"),
        ({"base": "help-0"}, "answered elsewhere"),
    ],
)
def test_the_command_says_what_is_wrong(snapshot, base, options, said):
    with pytest.raises(CommandError, match=said):
        command(**options)
    assert not Run.objects.exists()
