"""Rows of PostgreSQL as arrays."""

import uuid

import numpy as np
import pytest

from labeling.quality.columns import columns

KINDS = {"n": "integer", "big": "bigint", "x": "float8", "odd": "boolean", "key": "uuid"}
ROWS = """
SELECT n::integer, n::bigint * 10000000000, n / 4.0::float8, n %% 2 = 1, md5(n::text)::uuid
FROM generate_series(-2, %s) n
"""


def test_every_cell_is_what_the_database_has(db):
    found = columns(ROWS, [3], KINDS)
    assert list(found) == list(KINDS)
    assert found["n"].tolist() == [-2, -1, 0, 1, 2, 3]
    assert found["big"].tolist() == [n * 10_000_000_000 for n in range(-2, 4)]
    assert found["x"].tolist() == [-0.5, -0.25, 0, 0.25, 0.5, 0.75]
    assert found["odd"].tolist() == [False, False, False, True, False, True]
    assert uuid.UUID(bytes=found["key"].tolist()[3]) == uuid.UUID("c4ca4238a0b923820dcc509a6f75849b")
    assert found["n"].dtype == found["big"].dtype == np.int64


def test_there_may_be_none(db):
    assert [column.size for column in columns(ROWS, [-3], KINDS).values()] == [0] * 5


def test_an_empty_cell_is_refused(db):
    with pytest.raises(ValueError, match="A cell is null"):
        columns("SELECT NULL::integer", [], {"n": "integer"})
