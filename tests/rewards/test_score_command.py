"""The command that asks reward models about responses; what a worker would say of them is said here."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from labeling.datasets.models import Member
from labeling.rewards import opinions
from labeling.rewards.management.commands import score_responses
from labeling.rewards.models import Opinion
from tests.rewards.test_opinions import models, project, snapshot, train

__all__ = ["models", "project", "snapshot"]

ROWS = [
    {"id": "a", "prompt": "Why?", "responses": ["Because.", "So"]},
    {"prompt": [{"role": "user", "content": "How?"}], "response": "With care", "safety_prompt": True},
]


@pytest.fixture(autouse=True)
def worker(monkeypatch, own_stream):
    """Says at once how long each response is, or what it is told to say."""
    monkeypatch.setattr(score_responses, "PAUSE", 0)

    def give(name, kwargs, queue):
        request = kwargs["request"]
        opinion = Opinion.objects.get(pk=request["run"])
        said = [[float(len(text)) - 5 for text in line["responses"]] for line in request["lines"]]
        opinion.give(dict.fromkeys(request["models"], said))

    monkeypatch.setattr(opinions.app, "send_task", give)


@pytest.fixture
def rows(tmp_path):
    place = tmp_path / "rows.jsonl"
    place.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return place


@pytest.fixture
def at_once(monkeypatch):
    """As outside of a test, where what is asked is committed."""
    monkeypatch.setattr(opinions.transaction, "on_commit", lambda send: send())


def scored(tmp_path, **options) -> list[dict]:
    out = tmp_path / "scores.jsonl"
    call_command("score_responses", out=out, stdout=StringIO(), **options)
    assert not list(tmp_path.glob("*.part")) and not Opinion.objects.exists()
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_rows_of_a_file_come_back_with_both_rewards_and_llama_2s_whitened(models, rows, tmp_path, at_once, monkeypatch):
    monkeypatch.setattr(opinions, "MOST", 1)  # each in a portion of its own
    one, other = scored(tmp_path, helpfulness="both:1", safety="both:2", file=rows)
    assert (one["row"], one["id"], other["row"]) == (1, "a", 2) and "id" not in other
    assert one["helpfulness"] == one["safety"] == [3.0, -3.0]
    white = np.array([*one["whitened"], *other["whitened"]])
    assert white.mean() == pytest.approx(0) and white.std() == pytest.approx(1)
    assert one["combined"][0] > 0.9 and one["combined"][1] < 0.05


def test_pairs_of_a_snapshot_are_scored_by_one_model_alone(models, snapshot, tmp_path, at_once):
    found = scored(tmp_path, helpfulness="both:1", snapshot=f"both:{snapshot.number}")
    comparisons = Member.objects.filter(snapshot=snapshot).values_list("judgement__assignment__comparison", flat=True)
    assert {said["id"] for said in found} == set(map(str, comparisons)) and len(found) == 4
    assert all(set(said) == {"id", "helpfulness"} for said in found)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "Say which model to ask"),
        ({"safety": "both:1"}, "both:1 is no model for safety that is ready. Those that are: both:2"),
        ({"safety": "2"}, "a project and a number"),
        ({"safety": "neither:2"}, "There is no project neither. Projects here: both"),
    ],
)
def test_it_says_what_is_wrong(models, rows, tmp_path, options, says):
    with pytest.raises(CommandError, match=says):
        scored(tmp_path, **options, file=rows)


@pytest.mark.parametrize(
    "row",
    [
        *(b'{"prompt": "Why?", "response": 7}', b'{"prompt": "Why?", "responses": []}', b'{"response": "So."}', b"7"),
        *(
            b'{"prompt": "Why?", "response": "\\u0000"}',
            b'{"prompt": "Why?", "response": "\\ud800"}',
            b'{"prompt": "\xff',
        ),
    ],
)
def test_a_row_that_is_not_as_it_should_be_is_named_and_nothing_is_written(models, tmp_path, at_once, row):
    (tmp_path / "rows").write_bytes(row)
    with pytest.raises(CommandError, match="Row 1 is not as it should be"):
        scored(tmp_path, safety="both:2", file=tmp_path / "rows")
    assert not (tmp_path / "scores.jsonl").exists() and not (tmp_path / "scores.jsonl.part").exists()


def test_it_says_how_many_rows_are_scored_and_what_the_next_ones_wait_for(snapshot, models):
    assert (score_responses.scored(1), score_responses.scored(2)) == ("1 row is scored", "2 rows are scored")
    opinion = Opinion(lines=[])
    assert score_responses.waits_for(opinion) == "the next ones wait for a worker"
    train(snapshot)
    said = "the next ones wait for a step of Both, reward model 3, which is being trained: 34% done"
    assert score_responses.waits_for(opinion) == said


def test_what_a_worker_could_not_do_is_told(models, rows, tmp_path, monkeypatch, at_once):
    def fail(name, kwargs, queue):
        Opinion.objects.get().fail("The disk is full.")

    monkeypatch.setattr(opinions.app, "send_task", fail)
    with pytest.raises(CommandError, match="The disk is full"):
        scored(tmp_path, safety="both:2", file=rows)
    assert not Opinion.objects.exists()
