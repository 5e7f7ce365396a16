"""Which rows a reward model is trained on, from the files of snapshots."""

import gzip
import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from models_runtime.artifacts import Artifacts, Folder
from models_runtime.engine import EngineError
from models_runtime.reward_loss import UNLABELLED
from models_runtime.reward_rows import Row, Source, mixed, require_enough, rows

SMALL_TO_LARGE = ((0.0, 0.0), (1 / 3, 1.0), (2 / 3, 2.0), (1.0, 3.0))


def said(prompt: str, chosen: str, rejected: str, **more: object) -> dict:
    sides = {"chosen": chosen, "rejected": rejected}
    question = {"role": "user", "content": prompt}
    return {side: [question, {"role": "assistant", "content": text}] for side, text in sides.items()} | more


@pytest.fixture
def store(tmp_path: Path) -> Artifacts:
    return Artifacts(Folder(tmp_path / "store"))


def kept(store: Artifacts, folder: Path, lines: list[dict], format_: str = "jsonl", **entry: str) -> str:
    """The manifest of a snapshot with one file of these lines, and one of the other split."""
    place = folder / "file"
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    if format_ == "parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(lines), place)
    elif format_ == "jsonl.zst":
        with pyarrow.output_stream(str(place), compression="zstd") as packed:
            packed.write(text)
    else:
        place.write_bytes(gzip.compress(text) if format_ == "jsonl.gz" else text)
    about = {"config": "helpfulness", "axis": "helpfulness", "split": "train", "format": format_, **entry}
    files = [{**about, "sha256": store.add(place)}, {**about, "split": "test", "sha256": "0" * 64}]
    (folder / "manifest").write_text(json.dumps({"files": files}))
    return store.add(folder / "manifest")


def source(manifest: str, margins: tuple = (), config: str = "helpfulness") -> Source:
    return Source(manifest, "helpfulness", config, margins)


@pytest.mark.parametrize("format_", ["jsonl", "jsonl.gz", "jsonl.zst", "parquet"])
def test_rows_are_read_whatever_their_format(store: Artifacts, tmp_path: Path, format_: str):
    manifest = kept(
        store, tmp_path, [said("Why?", "So.", "No.", margin=1.0), said("How?", "Thus.", "Eh.", margin=0.0)], format_
    )
    found = rows(store, source(manifest, SMALL_TO_LARGE), tmp_path)
    assert found[0] == Row(({"role": "user", "content": "Why?"},), "So.", "No.", margin=3.0)
    assert [(row.chosen, row.margin) for row in found] == [("So.", 3.0), ("Thus.", 0.0)]


def test_margins_are_replaced_by_those_of_the_run(store: Artifacts, tmp_path: Path):
    """A median between two degrees lies between their margins, before and after."""
    margins = [1.0, 2 / 3, 1 / 3, 0.0, 0.5]
    manifest = kept(store, tmp_path, [said("Why?", "So.", "No.", margin=margin) for margin in margins])
    found = rows(store, source(manifest, SMALL_TO_LARGE), tmp_path)
    assert [row.margin for row in found] == pytest.approx([3, 2, 1, 0, 1.5])
    assert not any(row.margin for row in rows(store, source(manifest), tmp_path))


def test_safety_labels_come_with_their_rows_and_others_have_none(store: Artifacts, tmp_path: Path):
    manifest = kept(
        store, tmp_path, [said("Why?", "So.", "No.", chosen_safe=True, rejected_safe=False), said("How?", "So.", "No.")]
    )
    found = rows(store, source(manifest), tmp_path)
    assert [(row.chosen_safe, row.rejected_safe) for row in found] == [(1.0, 0.0), (UNLABELLED, UNLABELLED)]


def test_of_shares_the_greater_one_is_chosen_and_the_model_is_asked_first(store: Artifacts, tmp_path: Path):
    line = {"prompt": [{"role": "user", "content": "Why?"}], "first": "One.", "second": "Two."}
    line |= {"first_safe_share": 0.25, "second_safe_share": None}
    lines = [{**line, "first_share": 0.75, "first_better": None}, {**line, "first_share": 0.75, "first_better": 0.1}]
    manifest = kept(store, tmp_path, lines, config="soft")
    one, two = rows(store, source(manifest, config="soft"), tmp_path)
    assert (one.chosen, one.rejected, one.share) == ("One.", "Two.", 0.75)
    assert (two.chosen, two.rejected, two.share) == ("Two.", "One.", 0.9)
    assert (one.chosen_safe, one.rejected_safe) == (0.25, UNLABELLED) == (two.rejected_safe, two.chosen_safe)


def test_what_is_held_out_or_of_another_axis_is_never_read(store: Artifacts, tmp_path: Path):
    """The file of the other split is not even there."""
    manifest = kept(store, tmp_path, [said("Why?", "So.", "No.")])
    assert len(rows(store, source(manifest), tmp_path)) == 1
    assert rows(store, Source(manifest, "safety", "safety", ()), tmp_path) == []


def numbered(count: int, name: str) -> list[Row]:
    return [Row((), f"{name}{number}", "") for number in range(count)]


@pytest.mark.parametrize(("share", "others"), [(0.0, 0), (0.1, 10), (0.5, 90)])
def test_a_mix_has_all_of_its_own_and_a_share_of_others(share: float, others: int):
    """Llama 2's: helpfulness half and half, safety nine to one."""
    found = mixed(numbered(90, "own"), numbered(500, "other"), share, seed=1)
    assert [row.chosen for row in found[:90]] == [f"own{number}" for number in range(90)]
    assert len(found) == 90 + others == len({row.chosen for row in found})
    assert found == mixed(numbered(90, "own"), numbered(500, "other"), share, seed=1)


def test_where_there_are_not_enough_others_all_of_them_are_taken():
    assert len(mixed(numbered(90, "own"), numbered(5, "other"), 0.5, seed=1)) == 95


def test_too_few_pairs_are_refused_with_what_to_do():
    require_enough(20, 20, 0)
    with pytest.raises(EngineError, match="There are 19 pairs to train on; 3 more are longer than") as refusal:
        require_enough(19, 20, 3)
    assert refusal.value.permanent and "Collect more" in refusal.value.detail
