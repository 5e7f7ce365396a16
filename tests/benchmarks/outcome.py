"""What came of a run of simulated annotators. Whoever imports this has set Django up.

Times are those of time.time(): a run is the window from `began` to `ended`.
"""

import statistics
import sys
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from labeling.comparisons.models import Assignment, Comparison, Judgement
from labeling.dialogues.models import Completion, State
from labeling.projects.models import Round
from models_runtime.figures import quantile
from tests.benchmarks.annotator import Sample


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.get_current_timezone())


def judgements(began: float, ended: float) -> int:
    return Judgement.objects.filter(created_at__range=(moment(began), moment(ended))).count()


def written(round_: Round, began: float, ended: float) -> tuple[float, float, float, float]:
    """Tokens per second, the share of the time in which something was written, how many at once then, and the mean
    length. The tokens of a text are spread evenly over its writing, of which the part inside the window counts."""
    rows = Completion.objects.filter(turn__dialogue__round=round_, state=State.DONE, finished_at__gt=moment(began))
    fields = rows.values_list("finished_at", "seconds", "first_token_seconds", "completion_tokens")
    tokens, spans, lengths = 0.0, [], []
    for finished, seconds, first, count in fields:
        end = finished.timestamp()
        start = end - max(seconds - first, 0.001)
        inside = min(end, ended) - max(start, began)
        if inside > 0:
            tokens += count * inside / (end - start)
            spans.append((max(start, began), min(end, ended)))
            lengths.append(count)
    busy, reached = 0.0, began
    for start, end in sorted(spans):
        busy += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    if not spans:
        sys.exit("The worker wrote nothing in this time: take more --seconds, or a shorter --cycle.")
    at_once = sum(end - start for start, end in spans) / busy
    return tokens / (ended - began), busy / (ended - began), at_once, statistics.mean(lengths)


def row(name: str, seconds: list[float], *, ms: bool = False) -> str:
    ordered = sorted(seconds)
    marks = [quantile(ordered, part) for part in (0.5, 0.95, 0.99, 1.0)]
    shown = ["–" if mark is None else f"{1000 * mark:.0f}" if ms else f"{mark:.2f}" for mark in marks]
    return f"{name:<30}{''.join(f'{mark:>8}' for mark in shown)}{len(ordered):>8}"


def report(samples: list[Sample], round_: Round, began: float, ended: float) -> None:
    def of(kind: str) -> list[float]:
        return [sample.seconds for sample in samples if sample.kind == kind and began <= sample.at < ended]

    window = (moment(began), moment(ended))
    live = Comparison.objects.filter(round=round_, turn__dialogue__taken_as=None, turn__dialogue__author__isnull=False)
    waits = live.filter(turn__created_at__range=window).values_list(F("ready_at") - F("turn__created_at"), flat=True)
    print(f"{'':<30}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}{'count':>8}")
    print(row("wait for stock work, ms", of("stock"), ms=True))
    print(row("answer to a judgement, ms", of("judgement"), ms=True))
    print(row("first words of live work, s", of("words")))
    print(row("live pair complete, s", [wait.total_seconds() for wait in waits]))
    begun = Assignment.objects.filter(comparison__round=round_, created_at__range=window)
    stocked, all_ = begun.filter(comparison__turn__dialogue__taken_as__isnull=False).count(), begun.count()
    print(f"pairs from stock: {100 * stocked / max(1, all_):.0f} %, {stocked} of {all_}")
    print(f"live: {len(of('own'))} own prompts; {len(of('gone'))} handed out, whose pair was gone when they were sent")
