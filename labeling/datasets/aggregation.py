"""How what several people said of a comparison becomes preferences. Pure.

A majority is the sign of most of the counted judgements; even ones give nothing. Its degree is the median on the
winning side, and where that lies between two degrees the margin lies between theirs. The last word counts alone, where
it is asked for and there is one. Where the annotator model is asked, it says who wins, and where it is of two minds, or
knows nothing of the comparison, the majority does; a winner that nobody chose is barely better. Where whoever chose the
winner elsewhere has said no degree, there is none, and no margin either: it is never taken for the lowest.
"""

from collections.abc import Mapping, Sequence
from statistics import mean, median_high, median_low

from labeling.datasets.row import Pair, Row
from labeling.datasets.wanted import Aggregation

LAST_WORD = "adjudication"
BARELY = 1  # the lowest degree

Margins = Mapping[int, float] | None


def pairs(rows: Sequence[Row], how: Aggregation, margins: Margins) -> list[Pair]:
    """Of all rows of one comparison on one axis that are in; none where they give none."""
    if how == Aggregation.EVERY:
        return [pair(row, margins[row.degree] if margins and row.degree else None) for row in rows]
    prefers_first = winner(rows, how) if rows else None
    if prefers_first is None:
        return []
    votes = [row for row in rows if row.kind != LAST_WORD]
    if how == Aggregation.ADJUDICATED:
        votes = [row for row in rows if row.kind == LAST_WORD] or votes
    said = [row.degree for row in votes if row.chose_first == prefers_first] or [BARELY]
    degrees = [degree for degree in said if degree]
    between = {median_low(degrees), median_high(degrees)} if degrees else set()
    margin = mean(margins[degree] for degree in between) if margins and between else None
    return [pair(together(rows[0], prefers_first), margin)]


def winner(rows: Sequence[Row], how: Aggregation) -> bool | None:
    """Whether it is the first response; None where it is neither."""
    last = [row.chose_first for row in rows if row.kind == LAST_WORD]
    if how == Aggregation.ADJUDICATED and last:
        return last[0]
    believed = rows[0].first_better
    if how == Aggregation.MODEL and believed is not None and believed != 0.5:
        return believed > 0.5
    lead = sum(1 if row.chose_first else -1 for row in rows if row.kind != LAST_WORD)
    return lead > 0 if lead else None


def together(row: Row, prefers_first: bool) -> Row:
    """As one of theirs, with what they prefer and the labels that most of them gave."""
    labelled = row.first_safe is not None
    first_safe, second_safe = (not row.first_unsafe, not row.second_unsafe) if labelled else (None, None)
    return row._replace(chose_first=prefers_first, first_safe=first_safe, second_safe=second_safe)


def pair(row: Row, margin: float | None) -> Pair:
    if row.chose_first:
        texts, labels, unsafe = (row.first, row.second), (row.first_safe, row.second_safe), row.first_unsafe
    else:
        texts, labels, unsafe = (row.second, row.first), (row.second_safe, row.first_safe), row.second_unsafe
    return Pair(row.axis, row.context, texts[0], texts[1], margin, labels[0], labels[1], unsafe)
