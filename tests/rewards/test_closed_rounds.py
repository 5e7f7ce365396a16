"""Quick reward models and rounds: the installation makes them of one that is closed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labeling.datasets import making
from labeling.datasets.models import Root, Snapshot
from labeling.rewards import closed_rounds, quick
from labeling.rewards.forms import RunForm
from labeling.rewards.models import Run
from tests.datasets.imports.test_in_a_snapshot import ROWS, bring
from tests.datasets.test_holding_out import close
from tests.rewards.reading import read
from tests.rewards.test_quick import asked, closed, few_are_enough, fill, made, project

__all__ = ["closed", "few_are_enough", "project"]

pytestmark = pytest.mark.usefixtures("own_stream", "few_are_enough")


def test_a_round_that_was_closed_gets_one_of_each_axis(project, closed):
    closed_rounds.ask()
    closed_rounds.ask()
    assert [run.axis for run in Run.objects.order_by("number")] == ["helpfulness", "safety"]
    assert len(set(Run.objects.values_list("snapshot", flat=True))) == 1
    read(closed)
    making.make_due()
    quick.make_due()
    assert set(Run.objects.values_list("state", flat=True)) == {"ready"}
    assert not Snapshot.objects.get().provisional


def test_a_round_with_too_few_gets_none(alice, project):
    """What is left to learn from once some are held out would be too few, and a model begun to fail."""
    fill(project, alice, quick.LEAST + 2)
    close(project)
    closed_rounds.ask()
    assert not Run.objects.exists() and not Snapshot.objects.exists()


def test_what_came_without_degrees_is_in_a_snapshot_without_margins_and_whoever_trains_on_it_reads_so(
    project, base, tmp_path
):
    round_ = bring(project, tmp_path / "pairs.jsonl", *ROWS, axis="helpfulness").round
    round_.close()
    snapshot = closed_rounds.snapshot_after(round_)
    assert making.make(snapshot) and snapshot.wanted["margins"] is None
    assert snapshot.counts["helpfulness"]["train"]["preferences"] == len(ROWS)
    form = RunForm(None, project=project)
    assert form["margin"].initial == "none" and "3 preferences, without margins" in str(form["snapshot"])
    told = StringIO()
    with pytest.raises(CommandError, match="3 preferences to train on, and 20 is the least"):
        call_command(
            "train_reward", project="both", snapshot=1, axis="helpfulness", base="base", stdout=told, no_follow=True
        )
    assert "was made without margins: trained without" in told.getvalue()


def test_an_open_round_gets_none(alice, project):
    fill(project, alice, 25)
    closed_rounds.ask()
    assert not Run.objects.exists()


def test_a_model_of_an_open_round_takes_no_prompt_from_what_may_be_held_out(alice, project):
    read(fill(project, alice))
    run = made(asked(project))
    assert (run.state, run.scores.count()) == ("ready", 0)
    assert run.snapshot.provisional and run.snapshot.uses.exists()
    assert not Root.objects.exclude(trained_at=None).exists()
    close(project)
    assert Root.objects.filter(side="held_out").exists()
