"""Files hold what was given to them, to the letter, and are the same whenever they are written."""

import errno
import gzip
import hashlib
import json
import subprocess
import sys

import pyarrow.parquet as parquet
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.datasets.configs.shapes import SHAPES
from labeling.datasets.row import Pair
from labeling.datasets.writing import FORMATS, Shards, Unwritable, line, write
from tests.datasets.texts import HALF, NASTY

SHAPE = SHAPES["helpfulness"]
COLUMNS = SHAPE.columns(margin=True)
OPENED = {
    "jsonl": lambda place: place.read_bytes(),
    "jsonl.gz": lambda place: gzip.decompress(place.read_bytes()),
    "jsonl.zst": lambda place: zstandard.ZstdDecompressor().stream_reader(place.read_bytes()).read(),
}
ANY = st.text(st.characters(codec="utf-8"), max_size=200)  # but for halves of characters


def row(prompt, chosen, rejected, margin=1 / 3):
    return SHAPE.row(Pair("helpfulness", [{"role": "user", "content": prompt}], chosen, rejected, margin, None, None))


def shards(folder, format_, **terms):
    return Shards(folder, "helpfulness/train", format_, COLUMNS, **terms)


def read(place):
    if place.suffix == ".parquet":
        return parquet.read_table(place).to_pylist()
    whole = OPENED[place.name.split(".", 1)[1]](place)
    return [json.loads(text) for text in whole.split(b"\n")[:-1]]


@pytest.mark.parametrize("format_", FORMATS)
def test_any_text_comes_back_as_it_was(tmp_path, format_):
    rows = [row(text, text + "!", text[::-1], margin) for text in NASTY for margin in (0.0, 2 / 3, 3.0)]
    (file,) = write(rows, [shards(tmp_path, format_)])
    assert file.path == f"helpfulness/train.{format_}"
    assert read(tmp_path / file.path) == rows


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(ANY, ANY, ANY), min_size=1, max_size=8), block=st.integers(1, 2000))
def test_whatever_is_written_is_read_again(tmp_path_factory, texts, block):
    folder = tmp_path_factory.mktemp("any")
    rows = [row(*three) for three in texts]
    files = write(rows, [shards(folder, format_, full=block) for format_ in FORMATS])
    for format_ in FORMATS:
        own = [file for file in files if file.path.endswith(f".{format_}")]
        assert [found for file in own for found in read(folder / file.path)] == rows


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_a_text_is_written_to_the_letter_or_refused(text):
    whole = not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)
    if whole:
        assert json.loads(line(row("", text, "")))["chosen"][1]["content"] == text
    else:
        with pytest.raises(Unwritable, match="half a character"):
            line(row("", text, ""))


def test_half_a_character_is_refused_with_its_reason():
    with pytest.raises(Unwritable, match=r"half a character \(U\+D83D\)"):
        line(row(HALF, "One.", "Two."))
    with pytest.raises(Unwritable, match="infinite"):
        line(row("?", "One.", "Two.", float("inf")))


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_rows_give_the_same_bytes_and_the_hash_is_theirs(tmp_path, format_):
    rows = [row(f"question {number}", "One." * number, "Two.") for number in range(500)]
    (one,) = write(rows, [shards(tmp_path / "one", format_)])
    (two,) = write(rows, [shards(tmp_path / "two", format_)])
    whole = (tmp_path / "one" / one.path).read_bytes()
    assert one == two
    assert whole == (tmp_path / "two" / two.path).read_bytes()
    assert (one.rows, one.bytes, one.sha256) == (500, len(whole), hashlib.sha256(whole).hexdigest())


@pytest.mark.parametrize("format_", FORMATS)
def test_a_full_file_is_followed_by_another(tmp_path, format_):
    rows = [row(f"question {number}", "One.", "Two.") for number in range(100)]
    files = write(rows, [shards(tmp_path, format_, full=4000)])
    assert len(files) > 2
    assert files[0].path == f"helpfulness/train-00000-of-{len(files):05}.{format_}"
    assert sum(file.rows for file in files) == 100
    assert [found for file in files for found in read(tmp_path / file.path)] == rows
    assert {place.name for place in (tmp_path / "helpfulness").iterdir()} == {file.path.split("/")[1] for file in files}


def test_no_rows_give_no_file(tmp_path):
    assert write([], [shards(tmp_path, "jsonl"), shards(tmp_path, "parquet")]) == []
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import pathlib, random, resource, sys
from tests.datasets.test_writing import row, shards, write
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
rows = (row("question", random.randbytes(1000).hex(), "Two.") for _ in range(20_000))
try:
    write(rows, [shards(pathlib.Path(sys.argv[1]), sys.argv[2])])
except OSError as error:
    sys.exit(str(error.errno))
"""


@pytest.mark.parametrize("format_", FORMATS)
def test_a_disk_that_is_full_says_so(tmp_path, format_):
    """A limit on the size of files stands in for it: both take a part of what is written, and then no more."""
    command = [sys.executable, "-c", FULL_DISK, tmp_path, format_]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.split()[-1]) == (1, str(errno.EFBIG))
