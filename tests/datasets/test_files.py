"""The files of a snapshot: what judgements become, and that they are all there or none is."""

import errno
import hashlib
import json
import resource

import pytest
from datasets import load_dataset

from labeling.comparisons.models import Assignment, CannotBeJudged
from labeling.datasets import files
from labeling.datasets.artifacts import artifacts
from labeling.datasets.margins import MARGINS
from labeling.datasets.models import Snapshot, Stopped
from labeling.datasets.wanted import Config, Format
from labeling.dialogues.models import Written
from tests.datasets.drawing import counted
from tests.datasets.judging import judge
from tests.people import answer, ask, join, make_project

FORMATS = tuple(Format)
CONFIGS = tuple(Config)


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    """Of the test alone, empty."""
    options = {"location": str(tmp_path / "artifacts"), "allow_overwrite": True}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "artifacts": backend}


@pytest.fixture
def judged(project, alice):
    """Three pairs judged on both axes, one of which is unsafe on both sides."""
    for number, text in enumerate(("Why is the sky blue?", "How do I bake bread?", "مرحبا 👩🏽‍🚀 <b>\u2028")):
        turn = ask(alice, project, text)
        answer(turn, f"Because {number}.", f"Nobody knows {number}.")
        for assignment in Assignment.objects.filter(comparison__turn=turn):
            unsafe = {"chosen_safe": False} if number == 1 and assignment.axis == "safety" else {}
            judge(assignment, degree=number + 1, **unsafe)
    return project


def nobody_asks(done, total):
    """Nobody cancels it."""


def written(project, out, **wanted):
    snapshot = counted(project, **{"configs": CONFIGS, **wanted})
    assert snapshot.finish(files.write(snapshot, nobody_asks), 1.0)
    files.copy(snapshot, out)
    return snapshot


def read(place):
    return [json.loads(line) for line in place.read_bytes().split(b"\n")[:-1]]


def test_every_config_is_loaded_by_its_name_and_every_format_holds_the_same(judged, tmp_path):
    loaded = {}
    for format_ in FORMATS:
        written(judged, tmp_path / format_, formats=(format_,))
        for config in CONFIGS:
            rows = load_dataset(str(tmp_path / format_), config, split="train", cache_dir=str(tmp_path / "cache"))
            loaded.setdefault(config, []).append((rows.features, rows.to_list()))
    assert {config: len(found[0][1]) for config, found in loaded.items()} == {
        **{"helpfulness": 3, "safety": 3, "dpo": 4, "openrlhf": 6, "soft": 6, "judgements": 6}
    }
    for found in loaded.values():
        for features, rows in found:
            assert features == found[0][0]
            assert rows == found[0][1]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_config_in_which_nothing_is_judged_loads_without_rows_and_with_its_columns(judged, tmp_path, format_):
    """As a stream. Otherwise `datasets` reads a split from those of its files in which there is something to take, and
    raises where there are none, whatever the files, the features and the card's YAML are."""

    def loaded(name, config):
        return load_dataset(str(tmp_path / name), config, streaming=True, cache_dir=str(tmp_path / "cache"))

    written(judged, tmp_path / "full", formats=(format_,))
    empty = make_project("empty", cohort="nobody")
    written(empty, tmp_path / "out", formats=(format_,))
    for config in CONFIGS:
        rows = loaded("out", config)
        assert {split: list(found) for split, found in rows.items()} == {"train": []}
        assert rows["train"].features == loaded("full", config)["train"].features
    said = (tmp_path / "out" / "README.md").read_text()
    assert "There is no row for a trainer in it." in said and "helpfulness: nobody has judged anything" in said
    assert (
        f"There is no row in {', '.join(f'`{config}`' for config in sorted(CONFIGS))}: `datasets` loads such only"
        in said
    )
    with pytest.raises(ValueError, match="corresponds to no data"):
        load_dataset(str(tmp_path / "out"), "safety", split="train", cache_dir=str(tmp_path / "cache"))


def test_an_axis_that_nobody_has_judged_stands_beside_one_that_people_have(project, assignment, tmp_path):
    judge(assignment)
    written(project, tmp_path / "out")
    assert read(tmp_path / "out" / "safety" / "train.jsonl") == []
    assert "There is no row in `safety`: " in (tmp_path / "out" / "README.md").read_text()
    for config, rows in {"helpfulness": 1, "dpo": 1, "judgements": 1}.items():
        found = load_dataset(str(tmp_path / "out"), config, split="train", cache_dir=str(tmp_path / "cache"))
        assert found.num_rows == rows


def test_trainers_get_whole_dialogues_on_both_sides_and_the_margin_of_the_degree(judged, tmp_path):
    written(judged, tmp_path / "out")
    rows = read(tmp_path / "out" / "helpfulness" / "train.jsonl")
    assert [row["margin"] for row in rows] == [0.0, 1 / 3, 2 / 3]
    a, b = Assignment.objects.get(comparison__turn__text="Why is the sky blue?", axis="helpfulness").sides()
    question = {"role": "user", "content": "Why is the sky blue?"}
    assert rows[0]["chosen"] == [question, {"role": "assistant", "content": a.text}]
    assert rows[0]["rejected"] == [question, {"role": "assistant", "content": b.text}]


def test_without_margins_no_row_has_one(judged, tmp_path):
    written(judged, tmp_path / "out", margins=None)
    for config in ("helpfulness", "safety", "openrlhf/safety"):
        assert all("margin" not in row for row in read(tmp_path / "out" / config / "train.jsonl"))


def test_dpo_is_never_taught_what_is_unsafe_and_safety_keeps_its_labels(judged, tmp_path):
    written(judged, tmp_path / "out")
    for axis in ("helpfulness", "safety"):
        prompts = [row["prompt"][0]["content"] for row in read(tmp_path / "out" / "dpo" / axis / "train.jsonl")]
        assert len(prompts) == 2 and "How do I bake bread?" not in prompts
    labels = [(row["chosen_safe"], row["rejected_safe"]) for row in read(tmp_path / "out" / "safety" / "train.jsonl")]
    assert labels == [(True, False), (False, False), (True, False)]


def test_judgements_hold_everything_and_what_no_trainer_gets(project, assignment, safety, tmp_path):
    assignment.judge(CannotBeJudged("prompt", "What is it?"), assignment.pk)
    judge(safety, degree=4, comment="“B” is wrong.\nSorry.", rejected_reasons=["rude"])
    written(project, tmp_path / "out")
    (row,) = read(tmp_path / "out" / "judgements" / "helpfulness" / "train.jsonl")
    assert (row["excluded"], row["cannot_reason"], row["comment"]) == ("cannot_be_judged", "prompt", "What is it?")
    assert (row["outcome"], row["degree"], row["first_safe"]) == ("cannot", None, None)
    (row,) = read(tmp_path / "out" / "judgements" / "safety" / "train.jsonl")
    comparison = assignment.comparison
    first = safety.sides()[0].pk == comparison.first_id
    assert row["degree"] == (-4 if first else 4)
    assert row["second_reasons" if first else "first_reasons"] == ["rude"]
    assert (row["judgement"], row["annotator"], row["cohorts"]) == (str(safety.pk), safety.person.pseudonym, ["first"])
    assert row["first"]["id"] == str(comparison.first_id)
    assert row["second"]["system_prompt"] == comparison.second.model_version.system_prompt
    assert read(tmp_path / "out" / "helpfulness" / "train.jsonl") == []


def test_what_is_withdrawn_is_in_no_file(judged, alice, tmp_path):
    from labeling.cohorts.models import Withdrawal

    Withdrawal.objects.begin(alice)
    snapshot = written(judged, tmp_path / "out")
    assert not any(place.read_bytes() for place in (tmp_path / "out").rglob("*.jsonl"))
    assert snapshot.counts["safety"]["excluded"]["withdrawn"] == 3


def test_it_is_the_same_to_the_byte_also_after_judgements_changed(judged, alice, tmp_path):
    snapshot = written(judged, tmp_path / "one", formats=FORMATS)
    again = Snapshot.objects.get(pk=counted(judged, configs=CONFIGS, formats=FORMATS).pk)
    assert files.write(again, nobody_asks) == snapshot.artifact
    judge(Assignment.objects.filter(axis="helpfulness")[0], degree=4, comment="On second thoughts.")
    assert files.write(snapshot, nobody_asks) == snapshot.artifact


def test_the_manifest_has_the_hash_of_every_file(judged, tmp_path):
    written(judged, tmp_path / "out", formats=FORMATS)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    places = {place.relative_to(tmp_path / "out").as_posix() for place in (tmp_path / "out").rglob("*.*")}
    assert {file["path"] for file in manifest["files"]} | {"manifest.json"} == places
    for file in manifest["files"]:
        assert hashlib.sha256((tmp_path / "out" / file["path"]).read_bytes()).hexdigest() == file["sha256"]


def test_a_snapshot_that_is_cancelled_while_it_is_written_leaves_nothing(judged, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BEAT", 0.0)
    snapshot = counted(judged, configs=CONFIGS)
    assert snapshot.cancel()
    with pytest.raises(Stopped):
        files.write(snapshot, snapshot.beat)
    assert [place for place in (tmp_path / "artifacts").rglob("*") if place.is_file()] == []


def test_what_else_keeps_files_from_being_written_is_not_taken_for_a_full_disk(judged, monkeypatch):
    def refused(*_arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files, "rows", refused)
    with pytest.raises(files.NotWritten, match=r"Permission denied\. Try again; whoever runs"):
        files.write(counted(judged), nobody_asks)


def test_a_disk_that_is_full_leaves_nothing_and_says_what_to_do(judged, tmp_path):
    """A limit on the size of files stands in for it."""
    snapshot = counted(judged)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(files.NotWritten, match=r"File too large\. Make room, then try again\."):
            files.write(snapshot, nobody_asks)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [place for place in (tmp_path / "artifacts").rglob("*") if place.is_file()] == []


def test_what_is_erased_is_gone_but_for_the_manifest_and_what_another_snapshot_has(judged, tmp_path):
    one = written(judged, tmp_path / "one")
    two = written(judged, tmp_path / "two", margins=None)
    files.erase(one)
    kept = artifacts()
    shared = {name for _, name in files.named(files.manifest_of(two))}
    for path, name in files.named(files.manifest_of(one)):
        assert (name in kept) == (name in shared), path
    assert not shared.isdisjoint(name for _, name in files.named(files.manifest_of(one)))


def test_soft_counts_an_even_split_that_no_majority_has(project, assignment, tmp_path):
    judge(assignment, degree=4)
    bob = join("first", "second@example.org")
    terms = {"comparison": assignment.comparison, "axis": "helpfulness", "guideline": assignment.guideline}
    other = Assignment.objects.create(**terms, kind="overlap", person=bob, slot=1, swapped=not assignment.swapped)
    judge(other, degree=1)
    written(project, tmp_path / "out", aggregation="majority")
    (row,) = read(tmp_path / "out" / "soft" / "helpfulness" / "train.jsonl")
    assert (row["judgements"], row["first_share"], sorted(map(abs, row["degrees"]))) == (2, 0.5, [1, 4])
    assert read(tmp_path / "out" / "helpfulness" / "train.jsonl") == []


def test_one_axis_alone_has_no_file_of_the_other(alice, tmp_path):
    project = make_project("help", ("helpfulness",))
    turn = ask(alice, project)
    answer(turn, "First answer.", "Another one.")
    judge(Assignment.objects.get(comparison__turn=turn))
    written(project, tmp_path / "out")
    paths = {file["path"] for file in json.loads((tmp_path / "out" / "manifest.json").read_text())["files"]}
    assert not any("safety" in path for path in paths)


@pytest.mark.parametrize(("preset", "margins"), [("small", [1, 2 / 3, 1 / 3, 0]), ("large", [3, 2, 1, 0])])
def test_margins_are_llama_2s(alice, tmp_path, preset, margins):
    project = make_project("help", ("helpfulness",))
    for degree in (4, 3, 2, 1):
        turn = ask(alice, project)
        answer(turn)
        judge(Assignment.objects.get(comparison__turn=turn), degree)
    written(project, tmp_path / "out", margins=MARGINS[preset])
    assert [row["margin"] for row in read(tmp_path / "out" / "helpfulness" / "train.jsonl")] == margins


def test_what_is_known_of_a_prompt_stands_beside_what_was_said_of_its_responses(alice, tmp_path):
    project = make_project("help", ("helpfulness",))
    known = Written(language="de", language_from="author", keystrokes=9, typed_chars=8, pasted_chars=2)
    turn = ask(alice, project, written=known)
    answer(turn)
    judge(Assignment.objects.get(comparison__turn=turn))
    written(project, tmp_path / "out")
    (row,) = read(tmp_path / "out" / "judgements" / "helpfulness" / "train.jsonl")
    assert {name: row[name] for name in vars(known)} == vars(known)


def test_no_model_is_named_and_no_system_prompt_leaks_into_what_trainers_get(judged, tmp_path):
    written(judged, tmp_path / "out")
    for config in ("helpfulness", "safety", "dpo", "openrlhf", "soft"):
        for file in (tmp_path / "out" / config).rglob("*.jsonl"):
            text = file.read_text()
            assert "system" not in text and "You are number" not in text and "both-0" not in text


def test_how_probably_the_first_response_is_better_stands_beside_each_choice(alice, tmp_path):
    """The more probably the stronger the choice was."""
    project = make_project("help", ("helpfulness",))
    for degree in (1, 4):
        turn = ask(alice, project)
        answer(turn)
        judge(Assignment.objects.get(comparison__turn=turn), degree)
    written(project, tmp_path / "out")
    rows = read(tmp_path / "out" / "judgements" / "helpfulness" / "train.jsonl")
    sure = {abs(row["degree"]): max(row["first_better"], 1 - row["first_better"]) for row in rows}
    assert 0.5 < sure[1] < sure[4] < 1
