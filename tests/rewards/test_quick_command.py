"""The command that makes a quick reward model."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labeling.datasets.models import Snapshot
from labeling.rewards.models import Run
from tests.rewards.reading import read
from tests.rewards.test_quick import closed, few_are_enough, fill, project

__all__ = ["closed", "few_are_enough", "project"]

pytestmark = pytest.mark.usefixtures("own_stream", "few_are_enough")


def command(**options) -> str:
    out = StringIO()
    call_command("quick_reward", stdout=out, **options)
    return out.getvalue()


def test_the_command_makes_a_snapshot_and_fits_it(project, closed):
    read(closed)
    said = command(project="both", axis="safety")
    assert "Fitted to 27 comparisons of 27 prompts" in said
    run = Run.objects.get()
    assert (run.axis, run.state, run.made_by) == ("safety", "ready", None)
    again = command(project="both", axis="helpfulness", snapshot=run.snapshot.number)
    assert "Model 2 is ready" in again and "s to encode" in again
    assert Snapshot.objects.count() == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"project": "neither"}, "There is no project neither. Projects here: both"),
        ({"project": "both"}, "say which with --axis"),
        ({"project": "both", "axis": "safety", "snapshot": 7}, "Those that are: none yet"),
    ],
)
def test_the_command_says_what_is_wrong(project, options, says):
    with pytest.raises(CommandError, match=says):
        command(**options)


def test_the_command_says_why_there_is_no_model(alice, project):
    read(fill(project, alice, 6))
    with pytest.raises(CommandError, match="to learn from"):
        command(project="both", axis="safety")


def test_the_command_says_that_nothing_is_judged_before_it_asks_for_a_worker(project):
    with pytest.raises(CommandError, match="to learn from: 0 comparisons of 0 prompts"):
        command(project="both", axis="safety")
