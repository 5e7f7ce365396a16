"""What was judged elsewhere in a data set of ours: its language, and what becomes of it where nobody said a degree."""

import json
from io import StringIO

import pytest
from datasets import load_dataset
from django.core.management import CommandError, call_command

from labeling.datasets.forms import SnapshotForm
from labeling.datasets.models import Import, Snapshot
from labeling.datasets.usual import usual_margin
from tests.datasets.drawing import reasons
from tests.datasets.test_files import read, store, written
from tests.people import make_project
from tests.quality.judging import compared, judged

__all__ = ["store"]
ROWS = [
    {"prompt": "Warum?", "chosen": "Darum.", "rejected": "Nein.", "lang": "DE", "strength": None, "who": "w1"},
    {"prompt": "Why?", "chosen": "Because.", "rejected": "No.", "lang": "en", "strength": 4, "who": "w1"},
    {"prompt": "Pourquoi ?", "chosen": "Parce que.", "rejected": "Non.", "strength": None, "who": "w1"},
]


@pytest.fixture
def project(alice, store):
    return make_project("help", ("helpfulness",))


def bring(project, path, *rows, axis=None) -> Import:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    columns = ["language=lang", "degree=strength", "annotator=who"]
    call_command("import_comparisons", path, project=project.slug, axis=axis, column=columns, stdout=StringIO())
    return Import.objects.latest("created_at")


@pytest.fixture
def imported(project, tmp_path):
    return bring(project, tmp_path / "pairs.jsonl", *ROWS)


def test_its_language_is_kept_as_the_standard_writes_it(project, imported, tmp_path):
    written(project, tmp_path / "out")
    rows = read(tmp_path / "out" / "judgements" / "helpfulness" / "train.jsonl")
    assert [row["language"] for row in rows] == ["de", "en", ""]
    assert len(reasons(project, languages=("de",))) == 1
    head = (tmp_path / "out" / "README.md").read_text()
    assert 'language:\n- "de"\n- "en"\n' in head
    assert "of 1 comparison nobody said the language" in head


def test_a_tag_that_is_none_is_refused(project, tmp_path):
    with pytest.raises(CommandError, match="1 of 1 rows does not fit"):
        bring(project, tmp_path / "pairs.jsonl", {**ROWS[0], "lang": "German!"})


def test_without_a_degree_there_is_no_margin_and_files_with_margins_leave_it_out(project, imported, tmp_path):
    snapshot = written(project, tmp_path / "out")
    of = snapshot.counts["helpfulness"]
    assert (of["train"]["preferences"], of["excluded"]["no_degree"]) == (3, 2)
    assert [row["margin"] for row in read(tmp_path / "out" / "helpfulness" / "train.jsonl")] == [1.0]
    assert len(read(tmp_path / "out" / "openrlhf" / "helpfulness" / "train.jsonl")) == 1
    assert len(read(tmp_path / "out" / "dpo" / "helpfulness" / "train.jsonl")) == 3
    told = read(tmp_path / "out" / "judgements" / "helpfulness" / "train.jsonl")
    assert [row["degree"] is None for row in told] == [True, False, True]
    assert [row[row["chosen"]]["text"] for row in told] == ["Darum.", "Because.", "Parce que."]
    card = (tmp_path / "out" / "README.md").read_text()
    assert "no policy drew it here" in card and "by none of the guidelines here" in card
    assert "Where nobody said a degree there is no margin" in card and "| no degree | 2 |" in card
    assert "| nobody said by how much | 66.7 % |" in card
    assert "nobody said by how much" in (tmp_path / "out" / "pictures" / "degrees-helpfulness.svg").read_text()


def test_where_nobody_said_a_degree_no_picture_of_them_is_drawn_or_named(project, tmp_path):
    bring(project, tmp_path / "pairs.jsonl", ROWS[0], ROWS[2])
    written(project, tmp_path / "out", margins=None)
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| nobody said by how much | 100.0 % |" in card and "pictures/" not in card
    assert not (tmp_path / "out" / "pictures").exists()


def test_without_margins_all_of_it_is_there(project, imported, tmp_path):
    snapshot = written(project, tmp_path / "out", margins=None)
    assert snapshot.counts["helpfulness"]["excluded"]["no_degree"] == 0
    rows = load_dataset(str(tmp_path / "out"), "helpfulness", split="train", cache_dir=str(tmp_path / "cache"))
    assert [row["chosen"][-1]["content"] for row in rows] == ["Darum.", "Because.", "Parce que."]
    assert "margin" not in rows.column_names


def test_where_most_came_without_degrees_no_margins_are_what_is_usual_and_one_may_say_otherwise(project, imported):
    out = StringIO()
    call_command("snapshot", project="help", stdout=out)
    call_command("snapshot", project="help", margin="large", stdout=out)
    assert out.getvalue().count("Without margins, since most of it was judged without degrees") == 1
    first, second = Snapshot.objects.order_by("number").values_list("wanted__margins", flat=True)
    assert first is None and second["4"] == 3
    assert SnapshotForm(None, project=project)["margin"].initial == "none"
    assert usual_margin(project, rounds=[imported.round.number + 1]) == "small", "of what nobody has judged"


def test_where_most_came_with_degrees_margins_are_what_is_usual(project, tmp_path):
    bring(project, tmp_path / "pairs.jsonl", *ROWS[:2])
    assert usual_margin(project) == "small"
    assert SnapshotForm(None, project=project)["margin"].initial == "small"


@pytest.mark.parametrize(
    ("others", "missing"),
    [
        ([{"chosen": "Darum.", "rejected": "Nein.", "strength": 4}], 0),  # of those who chose it one said a degree
        ([{"chosen": "Nein.", "rejected": "Darum.", "strength": 4}], 1),  # of those who chose the other
        ([{"chosen": "Darum.", "rejected": "Nein.", "strength": None}], 1),
    ],
)
def test_a_majority_has_the_degree_of_those_who_said_one(project, tmp_path, others, missing):
    both = [{"chosen": "Darum.", "rejected": "Nein.", "strength": None}] * 2 + others
    rows = [{"prompt": "Warum?", "lang": "de", "who": f"w{number}", **row} for number, row in enumerate(both)]
    bring(project, tmp_path / "pairs.jsonl", *rows)
    snapshot = written(project, tmp_path / "out", aggregation="majority")
    assert snapshot.counts["helpfulness"]["excluded"]["no_degree"] == missing
    assert len(read(tmp_path / "out" / "helpfulness" / "train.jsonl")) == 1 - missing


def test_the_command_takes_what_was_judged_elsewhere_alone_or_by_a_guideline(project, imported, alice):
    judged(compared(alice, project), alice, 3, kind="author")
    for terms, judgements in (({"kind": ["imported"]}, 3), ({"guideline": ["helpfulness:1"]}, 1), ({}, 4)):
        call_command("snapshot", project="help", stdout=StringIO(), **terms)
        assert Snapshot.objects.latest("number").counts["helpfulness"]["judgements"] == judgements
    with pytest.raises(CommandError, match=r"There is no guideline safety:1\. Guidelines: helpfulness:1"):
        call_command("snapshot", project="help", guideline=["safety:1"])
