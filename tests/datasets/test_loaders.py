"""Each format is read by what people read it with, to the letter."""

import re
from pathlib import Path

import duckdb
import pandas
import pytest
from datasets import load_dataset

from labeling.datasets.writing import FORMATS, write
from tests.datasets.test_writing import row, shards
from tests.datasets.texts import NASTY

ROWS = [row(text, f"{text}!", text[::-1], margin) for text in NASTY for margin in (0.0, 2 / 3)]
README = (Path(__file__).parents[2] / "README.md").read_text()
CARD = "---\nconfigs:\n- config_name: helpfulness\n  data_files: helpfulness/train.jsonl\n---\n"
TEXTS = [[side[-1]["content"] for side in (one["chosen"], one["rejected"])] for one in ROWS]


@pytest.fixture(params=FORMATS)
def place(request, tmp_path):
    (file,) = write(ROWS, [shards(tmp_path, request.param)])
    return tmp_path / file.path


def test_datasets_loads_it(place, tmp_path):
    kind = "parquet" if place.suffix == ".parquet" else "json"
    loaded = load_dataset(kind, data_files=str(place), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded.to_list() == ROWS


def test_pandas_loads_it(place):
    """Whose own reading of numbers is quicker than it is exact, unless it is asked to be."""
    json = place.suffix != ".parquet"
    loaded = pandas.read_json(place, lines=True, precise_float=True) if json else pandas.read_parquet(place)
    assert [
        [side[-1]["content"] for side in sides] for sides in zip(loaded.chosen, loaded.rejected, strict=True)
    ] == TEXTS
    assert list(loaded.margin) == [one["margin"] for one in ROWS]


def test_duckdb_loads_it(place):
    read = "read_parquet" if place.suffix == ".parquet" else "read_json"
    query = f"SELECT chosen[-1].content, rejected[-1].content, margin FROM {read}(?)"  # noqa: S608 - one of two
    found = duckdb.connect().execute(query, [str(place)]).fetchall()
    assert [list(texts) for *texts, _ in found] == TEXTS
    assert [margin for *_, margin in found] == [one["margin"] for one in ROWS]


def test_readme_loads_it(tmp_path, monkeypatch):
    folder = tmp_path / "my-dataset"
    folder.mkdir()
    write(ROWS, [shards(folder, "jsonl")])
    (folder / "README.md").write_text(CARD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    blocks = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "from trl" not in block]
    assert len(blocks) == 2
    for block in blocks:
        said: dict[str, object] = {}
        exec(block, said)  # noqa: S102 - our own page
        assert len(said["rows"]) == len(ROWS)
    (query,) = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
    assert len(duckdb.connect().execute(query).fetchall()) == len(ROWS)
