"""How the responses of each model version have fared: over the last hour, and in all.

The hour is read from the newest responses alone, and the whole from an index alone, in a bounded time: a page that is
looked at every two seconds must not hold up the database that everybody else is waiting for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Aggregate, Count, F, FloatField, Q, QuerySet, Sum
from django.utils import timezone

from labeling.dialogues.fresh import Fresh
from labeling.dialogues.intervals import wilson
from labeling.dialogues.models import Completion, State

HOUR = timedelta(hours=1)
NEWEST = 20_000  # responses of the last hour that are looked at
PATIENCE = 3000  # milliseconds for counting everything
DONE = Q(state=State.DONE)


class Quantile(Aggregate):
    """PostgreSQL's percentile_cont, of one expression."""

    template = "percentile_cont(%(part)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: str, part: float, **extra: Any) -> None:
        super().__init__(expression, part=part, **extra)


COUNTS = {
    "done": Count("model_version", filter=DONE),
    "accepted": Count("model_version", filter=DONE & Q(discarded_at=None)),
    "redrawn": Count("model_version", filter=Q(discarded_at__isnull=False)),
    "failed": Count("model_version", filter=Q(state=State.FAILED)),
}
SPEEDS = {
    "first_token_p50": Quantile("first_token_seconds", 0.5, filter=DONE),
    "first_token_p95": Quantile("first_token_seconds", 0.95, filter=DONE),
    "tokens": Sum("completion_tokens", filter=DONE, default=0),
    "seconds": Sum("seconds", filter=DONE, default=0.0),
}


@dataclass(frozen=True)
class Tally:
    """`redrawn` counts whatever was set aside, `accepted` what is done and was not."""

    done: int = 0
    accepted: int = 0
    redrawn: int = 0
    failed: int = 0

    @property
    def acceptance(self) -> float | None:
        return self.accepted / self.done if self.done else None

    @property
    def acceptance_interval(self) -> tuple[float, float] | None:
        return wilson(self.accepted, self.done) if self.done else None


@dataclass(frozen=True)
class Hour(Tally):
    """`tokens_per_second` is that of one response from the worker's taking it to its end, not of all together."""

    first_token_p50: float | None = None
    first_token_p95: float | None = None
    tokens: int = 0
    seconds: float = 0.0
    reasons: tuple[tuple[str, int], ...] = ()  # why they were redrawn, the most frequent first

    @property
    def tokens_per_second(self) -> float | None:
        return self.tokens / self.seconds if self.seconds else None


def last_hour(now: datetime | None = None) -> dict[int, Hour]:
    """By model version; none of those of which nothing has ended in it."""
    since = (now or timezone.now()) - HOUR
    newest = Completion.objects.filter(finished_at__gte=since).order_by("-finished_at").values("pk")[:NEWEST]
    ended = Completion.objects.filter(pk__in=newest).order_by()
    reasons = reasons_for_redraws(ended)
    rows = ended.values("model_version").annotate(**COUNTS, **SPEEDS)
    return {key: Hour(**fields, reasons=reasons[key]) for key, fields in by_version(rows)}


def by_version(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for row in rows:
        yield row["model_version"], {name: value for name, value in row.items() if name != "model_version"}


def reasons_for_redraws(ended: QuerySet[Completion]) -> dict[int, tuple[tuple[str, int], ...]]:
    found: dict[int, tuple[tuple[str, int], ...]] = defaultdict(tuple)
    redrawn = ended.filter(discarded_at__isnull=False).values("model_version", reason=F("discard_reason"))
    for row in redrawn.annotate(times=Count("model_version")).order_by("-times", "reason"):
        found[row["model_version"]] += ((row["reason"], row["times"]),)
    return found


def _totals() -> dict[int, Tally] | bool:
    rows = Completion.objects.order_by().values("model_version").annotate(**COUNTS)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)])
            return {key: Tally(**fields) for key, fields in by_version(rows)}
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != "57014":  # query_canceled
            raise
        return False


_counted = Fresh(_totals, seconds=30.0)


def totals() -> dict[int, Tally] | None:
    """By model version, half a minute old at most; None where there are too many to count in time."""
    found = _counted.now()
    return found if isinstance(found, dict) else None


def forget() -> None:
    _counted.forget()
