"""Small exams to test with."""

from typing import Any

from labeling.cohorts.models import Cohort
from labeling.exams.models import Attempt, Exam, Item, Part, Qualification

CHOICE = {"kind": "choice", "options": ["one", "two", "three"], "accepted": [2], "fixed": True}
PAIR = {"kind": "pair", "first": "Grass is green.", "second": "It is.", "accepted": [1, 2], "fixed": True}
LOOSE = ({**CHOICE, "fixed": False}, {**PAIR, "fixed": False})  # the same, in an order of everybody's own
TEXT = {"kind": "text", "rubric": "5: clear and complete."}


def make_exam(name: str = "Language", *, publish: bool = True, cohort: str = "first", **terms: Any) -> Exam:
    """Without parts it cannot be published, so it gets one with a choice where none is added."""
    qualification = terms.pop("qualification", None) or Qualification.objects.get_or_create(name=name, version=1)[0]
    parts = terms.pop("parts", [{"items": [CHOICE]}])
    exam = Exam.objects.create(
        name=name, version=1, qualification=qualification, **{"attempts": 2, "cooling_off_hours": 24, **terms}
    )
    for number, part in enumerate(parts, start=1):
        add_part(exam, number, **part)
    exam.cohorts.add(Cohort.objects.get_or_create(name=cohort)[0])
    if publish:
        assert exam.publish()
    return exam


def add_part(exam: Exam, number: int, *, items: list[dict[str, Any]], **terms: Any) -> Part:
    part = exam.parts.create(
        number=number, **{"title": f"Part {number}", "minutes": 10, "rule": "share", "threshold": 50, **terms}
    )
    for place, item in enumerate(items, start=1):
        Item.objects.create(part=part, number=place, **{"question": f"Question {place}?", **item})
    return part


def answer_all(attempt: Attempt, *said: int | str) -> None:
    """Begins the next part, answers its items in the order of the exam, and hands it in."""
    sitting = attempt.begin_part()
    items = sitting.part.counted().order_by("number")
    for item, what in zip(items, said, strict=False):
        sitting.save_answer(item, **({"text": what} if isinstance(what, str) else {"value": what}))
    sitting.finish()
    attempt.refresh_from_db()


def expire(attempt: Attempt, *, minutes: float = 0.5) -> None:
    """As if the time of the part that is being taken had been up for so long."""
    from datetime import timedelta

    from django.utils import timezone

    ends_at = timezone.now() - timedelta(minutes=minutes)
    attempt.sittings.filter(finished_at=None).update(ends_at=ends_at, started_at=ends_at - timedelta(minutes=10))
