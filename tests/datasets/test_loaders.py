"""Each format is read by what people read it with, to the letter."""

import duckdb
import pandas
import pytest
from datasets import load_dataset

from labeling.datasets.writing import FORMATS, write
from tests.datasets.test_writing import row, shards
from tests.datasets.texts import NASTY

ROWS = [row(text, f"{text}!", text[::-1], margin) for text in NASTY for margin in (0.0, 2 / 3)]
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
