"""What everybody said of one pair, as counts and shares, for losses that take soft labels. Pure."""

from collections.abc import Sequence
from typing import Any

from labeling.datasets.configs.columns import MESSAGES, Columns
from labeling.datasets.row import Row

COLUMNS: Columns = {
    **{"prompt": MESSAGES, "first": "string", "second": "string", "axis": "string", "comparison": "string"},
    **{"judgements": "int32", "first_share": "float64", "degrees": ["int8"], "first_better": "float64"},
    **{"first_safe_share": "float64", "second_safe_share": "float64"},
}


def signed(row: Row) -> int:
    """−4 … −1 prefers the first response, 1 … 4 the second; 0 where nobody said a degree."""
    return -(row.degree or 0) if row.chose_first else row.degree or 0


def soft(rows: Sequence[Row]) -> dict[str, Any]:
    """`rows` are all that count of one comparison on one axis, at least one. A share is of the judgements."""
    one = rows[0]
    return {
        "prompt": one.context,
        "first": one.first,
        "second": one.second,
        "axis": one.axis,
        "comparison": one.comparison,
        "judgements": len(rows),
        "first_share": sum(row.chose_first is True for row in rows) / len(rows),
        "degrees": sorted(signed(row) for row in rows),
        "first_better": one.first_better,
        "first_safe_share": _safe([row.first_safe for row in rows]),
        "second_safe_share": _safe([row.second_safe for row in rows]),
    }


def _safe(labels: Sequence[bool | None]) -> float | None:
    given = [label for label in labels if label is not None]
    return sum(given) / len(given) if given else None
