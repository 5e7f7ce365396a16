"""How an answer comes to be gold, and what becomes of one that is not."""

from django.db import IntegrityError, transaction

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Comparison, Degree, Verdict
from labeling.quality.models import GoldAnswer, GoldCopy

RIGHT = """
judgement.chosen_id = gold.chosen_id AND judgement.degree >= gold.least AND (
    gold.chosen_safe IS NULL
    OR judgement.chosen_safe = gold.chosen_safe AND judgement.rejected_safe = gold.rejected_safe
)
"""
"""Whether a verdict is what `gold`, a GoldAnswer, expects."""


class NotCertain(Exception):
    """Nobody can judge it any more, or the responses are not the comparison's."""


class AlreadyGold(Exception):
    """There is a certain answer to it on that axis, which is to be retired first."""


def make(
    comparison: Comparison,
    axis: str,
    expected: Verdict,
    by: Person,
    origin: GoldAnswer.Origin = GoldAnswer.Origin.READ,
    least: int = Degree.NEGLIGIBLY,
) -> GoldAnswer:
    """What is expected becomes certain: its choice, on the safety axis its labels, and `least`, the degree from which
    on an answer is right. Raises NotCertain and AlreadyGold."""
    if comparison.retired_at or not comparison.is_ready_for(expected):
        raise NotCertain
    labels = {"chosen_safe": expected.chosen_safe, "rejected_safe": expected.rejected_safe}
    terms = {"chosen": expected.chosen, "least": least, "origin": origin, "made_by": by, **labels}
    try:
        with transaction.atomic():
            return GoldAnswer.objects.create(comparison=comparison, axis=axis, **terms)
    except IntegrityError as error:
        if GoldAnswer.objects.standing().filter(comparison=comparison, axis=axis).exists():
            raise AlreadyGold from error
        raise


@transaction.atomic
def retire(gold: GoldAnswer, by: Person, why: str) -> bool:
    """Nobody is given it any more, and no figure counts it."""
    retired = gold.retire(by, why)
    recall(gold)
    return retired


@transaction.atomic
def suspend(gold: GoldAnswer) -> bool:
    suspended = gold.suspend()
    if suspended:
        recall(gold)
    return suspended


def recall(gold: GoldAnswer) -> None:
    """What was planned of it, and nobody has got on the page yet, is so no more."""
    copies = GoldCopy.objects.filter(source=gold.comparison_id).values_list("comparison", flat=True)
    waiting = Assignment.objects.planned().filter(kind=Assignment.Kind.GOLD, axis=gold.axis, leased_until=None)
    waiting.filter(comparison__in=[gold.comparison_id, *copies]).update(chance=None)
