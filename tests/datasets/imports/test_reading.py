"""What is in a file, row by row, and what makes a file unreadable."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeling.datasets.imports import reading
from labeling.datasets.imports.reading import Source
from labeling.datasets.imports.wrong import Trouble, Unreadable, Wrong

ROWS = [{"text": "Why is the sky blue?"}, {"text": "“Ünïcode” 🦊, with a comma"}, {"text": "two\nlines"}]


def packed(data: bytes) -> bytes:
    """Without the time: names of tests are made of it, and have to be the same in all processes."""
    return gzip.compress(data, mtime=0)


def written(path, data: bytes | str) -> Source:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return Source(path, path.name)


def values(source: Source) -> list:
    return [row.values for row in source.rows()]


def json_lines(rows=ROWS) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


CSV = 'text\n"Why is the sky blue?"\n"“Ünïcode” 🦊, with a comma"\n"two\nlines"\n'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("prompts.jsonl", json_lines()),
        ("prompts", "\ufeff" + json_lines().replace("\n", "\r\n")),
        ("prompts.jsonl.gz", packed(json_lines().encode())),
        ("prompts.csv", CSV),
        ("prompts.csv", "\ufeff" + CSV),
        ("prompts.csv.gz", packed(CSV.encode())),
        ("without-a-name", CSV),
    ],
)
def test_the_same_rows_come_out_of_every_kind_of_file(tmp_path, name, data):
    assert values(written(tmp_path / name, data)) == ROWS


def test_zstd_is_unpacked(tmp_path):
    with pa.CompressedOutputStream(str(tmp_path / "prompts.jsonl.zst"), "zstd") as out:
        out.write(json_lines().encode())
    assert values(Source(tmp_path / "prompts.jsonl.zst", "prompts.jsonl.zst")) == ROWS


def test_a_parquet_of_nested_types_comes_out_as_lists_and_objects(tmp_path):
    rows = [{"chosen": [{"role": "user", "content": "Why?"}], "score": 1.5}, {"chosen": None, "score": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "pairs.parquet")
    assert values(Source(tmp_path / "pairs.parquet")) == rows


@pytest.mark.parametrize(
    ("names", "more", "trouble"),
    [
        (("text", "day"), pa.array([2**30], pa.date32()), Trouble.DAYS),
        (("text", "day"), pa.array([2**40], pa.timestamp("s")), Trouble.DAYS),
        (("text", "text"), pa.array(["Why not?"]), Trouble.COLUMNS),
    ],
)
def test_a_parquet_that_has_what_python_has_not_says_so(tmp_path, names, more, trouble):
    pq.write_table(pa.table([pa.array(["Why?"]), more], names=list(names)), tmp_path / "a.parquet")
    with pytest.raises(Unreadable) as refused:
        Source(tmp_path / "a.parquet").sample()
    assert refused.value.trouble == trouble


def test_a_table_of_excel_has_semicolons_and_ends_its_lines_twice(tmp_path):
    source = written(tmp_path / "a.csv", "\ufefftext;lang\r\nWarum, weshalb?;de\r\n\r\nWieso?;de\r\n")
    assert values(source) == [{"text": "Warum, weshalb?", "lang": "de"}, {"text": "Wieso?", "lang": "de"}]


@pytest.mark.parametrize(
    ("name", "data", "wrong"),
    [
        ("a.jsonl", b'{"text": "one"}\n{"text": \n{"text": "three"}\n', Wrong.JSON),
        ("a.jsonl", b'{"text": "one"}\n["text"]\n{"text": "three"}\n', Wrong.JSON),
        ("a.jsonl", b'{"text": "one"}\n{"text": ' + b"[" * 100_000 + b'\n{"text": "three"}\n', Wrong.JSON),
        ("a.csv", b"text,more\none,1\ntwo\nthree,3\n", Wrong.CELLS),
        ("a.csv", b"text,more\none,1\ntwo,2,2\nthree,3\n", Wrong.CELLS),
    ],
)
def test_a_broken_row_says_so_and_the_next_one_is_read(tmp_path, name, data, wrong):
    first, second, third = written(tmp_path / name, data).rows()
    assert (first.values["text"], third.values["text"]) == ("one", "three")
    assert second.refused.wrong == wrong
    assert second.number == 2


def bomb(size: int) -> bytes:
    return packed(b"\0" * size)


def xlsx() -> bytes:
    return b"PK\x03\x04" + b"\0" * 100


@pytest.mark.parametrize(
    ("name", "data", "trouble"),
    [
        ("a.jsonl", b"", Trouble.EMPTY),
        ("a.csv", b"text\n", Trouble.EMPTY),
        ("a.jsonl.gz", packed(b""), Trouble.EMPTY),
        ("a.xlsx", xlsx(), Trouble.SPREADSHEET),
        ("a.json", b'[{"text": "one"}]', Trouble.LIST),
        ("a.csv", "text\none\n".encode("utf-16"), Trouble.UTF16),
        ("a.csv", b"\0\1\0\2\0\0\0\0\0", Trouble.BINARY),
        ("a.jsonl.gz", packed(json_lines().encode() * 1000)[:-30], Trouble.CUT_OFF),
        ("a.jsonl.gz", packed(json_lines().encode())[:-4] + b"abcd", Trouble.DAMAGED),
        ("a.parquet", b"PAR1" + b"\0" * 100, Trouble.DAMAGED),
        ("a.csv", b"text,text\none,two\n", Trouble.COLUMNS),
        ("a.jsonl", b'{"text": "' + b"x" * 8_100_000 + b'"}\n', Trouble.LINE),
        ("a.csv", ",".join(map(str, range(10_000))).encode() + b"\n" + b"," * 9_999 + b"\n", Trouble.WIDE),
        ("a.jsonl", json_lines([{f"{row}-{n}": "x" for n in range(100)} for row in range(20)]).encode(), Trouble.WIDE),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, name, data, trouble):
    source = written(tmp_path / name, data)
    with pytest.raises(Unreadable) as refused:
        source.sample()
        list(source.rows())
    assert refused.value.trouble == trouble


def test_nothing_that_unpacks_to_a_hundred_times_its_size_is_read_to_its_end(tmp_path):
    rows = packed(b'{"a": "%s"}\n' % (b"x" * 10_000) * 14_000)
    with pytest.raises(Unreadable) as refused:
        for _row in written(tmp_path / "a.jsonl.gz", rows).rows():
            pass
    assert refused.value.trouble == Trouble.BOMB


def test_a_parquet_whose_rows_share_what_unpacks_to_a_hundred_times_its_size_is_no_text_either(tmp_path):
    """Its dictionary holds once what each row has: few bytes, and as many times them as there are rows."""
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 300, pa.int32()), ["x" * 500_000])
    pq.write_table(pa.table({"text": shared}), tmp_path / "a.parquet")
    source, read = Source(tmp_path / "a.parquet"), 0
    with pytest.raises(Unreadable) as refused:
        for _row in source.rows():
            read += 1
    assert refused.value.trouble == Trouble.BOMB
    assert read * 500_000 <= reading.FLOOR


def test_of_a_group_of_large_columns_few_rows_are_read_at_once(tmp_path, monkeypatch):
    """Each of which may be as large as all of it."""
    table = pa.table({"text": ["x" * 1000] * 100})
    pq.write_table(table, tmp_path / "a.parquet", use_dictionary=False)
    asked, iterate = [], pq.ParquetFile.iter_batches

    def asked_for(self, rows, **options):
        asked.append(rows)
        return iterate(self, rows, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", asked_for)
    for most in (10**9, 500_000, 90_000):
        monkeypatch.setattr(reading, "LARGEST_GROUP", max(most, 110_000))
        assert len(values(Source(tmp_path / "a.parquet"))) == 100
    assert asked == [64, 4, 1]


def test_a_sample_has_fewer_rows_where_they_are_large(tmp_path):
    rows = [{"text": "x" * 3_000_000}] * 30
    assert len(written(tmp_path / "a.jsonl", json_lines(rows)).sample()) == 4
    assert len(written(tmp_path / "b.jsonl", json_lines(ROWS * 10)).sample()) == reading.SAMPLE


def test_there_is_an_end_to_how_many_rows_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    with pytest.raises(Unreadable) as refused:
        list(written(tmp_path / "a.jsonl", json_lines()).rows())
    assert refused.value.trouble == Trouble.ROWS


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(Unreadable) as refused:
        Source(tmp_path / "gone.csv").sample()
    assert refused.value.trouble == Trouble.GONE
