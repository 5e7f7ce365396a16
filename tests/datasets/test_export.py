import json
import uuid
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from labeling.comparisons.models import Assignment, CannotBeJudged, Verdict
from labeling.datasets.export import export
from labeling.datasets.rows import EXCLUSIONS
from labeling.dialogues.models import Written
from tests.people import answer, ask, join, make_project


def judge(assignment: Assignment, degree: int = 3, **fields) -> None:
    a, b = assignment.sides()
    labels = {"chosen_safe": True, "rejected_safe": False} if assignment.axis == "safety" else {}
    assignment.judge(Verdict(chosen=a, rejected=b, degree=degree, **{**labels, **fields}), uuid.uuid4())


@pytest.fixture
def judged(assignment, safety):
    judge(assignment)
    judge(safety, degree=4)
    return assignment.comparison


def read(file) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_it_writes_whole_dialogues_with_the_margin_of_their_degree(project, judged, tmp_path):
    export(project, tmp_path / "out", "small")
    a, b = Assignment.objects.get(comparison=judged, axis="helpfulness").sides()
    assert read(tmp_path / "out" / "helpfulness" / "train.jsonl") == [
        {
            "chosen": [{"role": "user", "content": "Why is the sky blue?"}, {"role": "assistant", "content": a.text}],
            "rejected": [{"role": "user", "content": "Why is the sky blue?"}, {"role": "assistant", "content": b.text}],
            "margin": 2 / 3,
        }
    ]
    assert read(tmp_path / "out" / "safety" / "train.jsonl")[0]["margin"] == 1.0


@pytest.mark.parametrize(
    ("preset", "margins"), [("small", [1, 2 / 3, 1 / 3, 0]), ("large", [3, 2, 1, 0]), ("none", [None] * 4)]
)
def test_margins_are_llama_2s_and_stand_in_every_row_or_in_none(alice, tmp_path, preset, margins):
    project = make_project("help", ("helpfulness",))
    for degree in (4, 3, 2, 1):
        turn = ask(alice, project)
        answer(turn)
        judge(Assignment.objects.get(comparison__turn=turn), degree)
    export(project, tmp_path / "out", preset)
    rows = read(tmp_path / "out" / "helpfulness" / "train.jsonl")
    assert [row.get("margin") for row in rows] == margins
    assert Counter("margin" in row for row in rows) == {preset != "none": 4}


def test_what_was_said_stands_beside_the_trainers_rows(project, assignment, tmp_path):
    said = {
        "chosen_reasons": ["accurate"],
        "rejected_reasons": ["too long", "rude"],
        "comment": "“B” is wrong.\nSorry.",
    }
    judge(assignment, degree=2, **said)
    export(project, tmp_path / "out", "small")
    (row,) = read(tmp_path / "out" / "judgements" / "helpfulness.jsonl")
    a, b = assignment.sides()
    assert {name: row[name] for name in said} == said
    assert row["prompt"] == [{"role": "user", "content": "Why is the sky blue?"}]
    assert (row["chosen"], row["rejected"], row["degree"]) == (a.text, b.text, 2)
    assert (row["judgement"], row["revision"], row["round"]) == (str(assignment.pk), 1, 1)
    assert (row["annotator"], row["chosen_safe"], row["excluded"]) == (assignment.person.pseudonym, None, None)
    assert "alice" not in json.dumps(row).lower()
    assert set(read(tmp_path / "out" / "helpfulness" / "train.jsonl")[0]) == {"chosen", "rejected", "margin"}


def test_how_probably_a_choice_is_right_stands_beside_it(alice, tmp_path):
    """The more probably the stronger it is; of a pair that cannot be judged nobody knows."""
    project = make_project("help", ("helpfulness",))
    for degree in (1, 4, None):
        turn = ask(alice, project)
        answer(turn)
        assignment = Assignment.objects.get(comparison__turn=turn)
        if degree:
            judge(assignment, degree)
        else:
            assignment.judge(CannotBeJudged("prompt"), uuid.uuid4())
    export(project, tmp_path / "out", "small")
    rows = read(tmp_path / "out" / "judgements" / "helpfulness.jsonl")
    sure = {row["degree"]: row["chosen_better"] for row in rows}
    assert 0.5 < sure[1] < sure[4] < 1
    assert sure[None] is None


def test_what_is_known_of_a_prompt_stands_beside_it(alice, tmp_path):
    project = make_project("help", ("helpfulness",))
    written = Written(language="de", language_from="author", keystrokes=9, typed_chars=8, pasted_chars=2)
    turn = ask(alice, project, written=written)
    answer(turn)
    judge(Assignment.objects.get(comparison__turn=turn))
    export(project, tmp_path / "out", "small")
    (row,) = read(tmp_path / "out" / "judgements" / "helpfulness.jsonl")
    assert row["about_prompt"] == vars(written)


def test_only_the_current_revision_counts(project, judged, tmp_path):
    assignment = Assignment.objects.get(comparison=judged, axis="helpfulness")
    judge(assignment, degree=1)
    export(project, tmp_path / "out", "large")
    assert [row["margin"] for row in read(tmp_path / "out" / "helpfulness" / "train.jsonl")] == [0]
    assert [row["revision"] for row in read(tmp_path / "out" / "judgements" / "helpfulness.jsonl")] == [2]


def test_identical_responses_are_left_out_and_counted(alice, tmp_path):
    project = make_project("ungated", gates=[])
    for texts in (("One.", "Two."), ("Same.", "Same.")):
        turn = ask(alice, project)
        answer(turn, *texts)
        for assignment in Assignment.objects.filter(comparison__turn=turn):
            judge(assignment)
    manifest = export(project, tmp_path / "out", "small")
    assert manifest["axes"]["safety"]["judgements"] == 2
    assert manifest["axes"]["safety"]["exported"] == 1
    assert manifest["axes"]["safety"]["excluded"] == {**dict.fromkeys(EXCLUSIONS, 0), "identical_responses": 1}
    said = read(tmp_path / "out" / "judgements" / "safety.jsonl")
    assert [row["excluded"] for row in said] == [None, "identical_responses"]


def test_what_cannot_be_judged_is_left_out_and_counted_by_its_reason(project, assignment, tmp_path):
    assignment.judge(CannotBeJudged("prompt", "What is it?"), uuid.uuid4())
    written = export(project, tmp_path / "out", "small")["axes"]["helpfulness"]
    assert (written["judgements"], written["exported"], written["excluded"]["cannot_be_judged"]) == (1, 0, 1)
    assert {reason: n for reason, n in written["cannot_be_judged"].items() if n} == {"prompt": 1}
    (row,) = read(tmp_path / "out" / "judgements" / "helpfulness.jsonl")
    assert (row["excluded"], row["cannot_reason"], row["comment"]) == ("cannot_be_judged", "prompt", "What is it?")
    assert (row["chosen"], row["rejected"], row["degree"]) == (None, None, None)


def test_without_a_row_for_trainers_there_is_no_file_for_them(alice, tmp_path):
    project = make_project("ungated", ("helpfulness",), gates=[])
    turn = ask(alice, project)
    answer(turn, "Same.", "Same.")
    judge(Assignment.objects.get(comparison__turn=turn))
    manifest = export(project, tmp_path / "out", "small")
    assert [file["path"] for file in manifest["axes"]["helpfulness"]["files"]] == ["judgements/helpfulness.jsonl"]
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"judgements", "manifest.json"}


def test_the_same_judgements_give_the_same_bytes(project, judged, tmp_path):
    manifests = [export(project, tmp_path / name, "small") for name in ("one", "two")]
    assert manifests[0] == manifests[1]
    for file in ("manifest.json", "helpfulness/train.jsonl", "safety/train.jsonl", "judgements/safety.jsonl"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_an_export_from_an_open_round_is_marked_provisional(project, judged, tmp_path):
    assert export(project, tmp_path / "one", "small")["provisional"]
    round_ = project.rounds.get()
    round_.review()
    round_.close()
    assert not export(project, tmp_path / "two", "small")["provisional"]


def test_no_model_is_named_and_no_system_prompt_leaks(project, judged, tmp_path):
    export(project, tmp_path / "out", "small")
    text = (tmp_path / "out" / "helpfulness" / "train.jsonl").read_text()
    assert "system" not in text and "You are number" not in text


def test_it_overwrites_nothing(project, judged, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(CommandError, match="not empty"):
        call_command("export_dataset", project=project.slug, out=tmp_path / "out")
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_a_failed_export_leaves_nothing_behind(project, judged, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device", "train.jsonl")

    monkeypatch.setattr("labeling.datasets.export.preference", fail)
    with pytest.raises(CommandError, match="Nothing was written: No space left"):
        call_command("export_dataset", project=project.slug, out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_project_is_answered_with_those_there_are(project, tmp_path):
    with pytest.raises(CommandError, match=r"no project nope\. Projects here: both\."):
        call_command("export_dataset", project="nope", out=tmp_path / "out")


def test_an_axis_without_judgements_gives_no_file(project, tmp_path):
    manifest = export(project, tmp_path / "out", "small")
    assert manifest["axes"]["safety"]["files"] == []
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["manifest.json"]


def test_what_counts_towards_no_comparison_is_told_and_not_exported(project, judged, tmp_path):
    own = judged.own_assignments().get(axis="helpfulness")
    terms = {"comparison": judged, "axis": own.axis, "guideline": own.guideline, "swapped": True, "slot": None}
    for kind in ("overlap", "repeat", "gold"):
        person = join("first", f"{kind}@example.org")
        judge(Assignment.objects.create(kind=kind, person=person, **terms))
    manifest = export(project, tmp_path / "out", "none")
    excluded = manifest["axes"]["helpfulness"]["excluded"]
    assert {reason: n for reason, n in excluded.items() if n} == {"surplus": 1, "repeat": 1, "gold": 1}
    assert manifest["axes"]["helpfulness"]["exported"] == 1


def test_a_comparison_that_two_people_could_not_judge_is_not_exported(project, judged, tmp_path):
    judged.retire()
    manifest = export(project, tmp_path / "out", "none")
    assert manifest["axes"]["safety"]["excluded"]["retired"] == 1
    assert manifest["axes"]["safety"]["exported"] == 0
