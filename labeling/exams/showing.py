"""Items as a candidate sees them: with all their texts, and with nothing of what is right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from labeling.exams.models import Answer, Item, Sitting
from labeling.exams.wording import SCALE, said
from labeling.projects.markdown import render


@dataclass(frozen=True)
class Shown:
    """`feedback` is there after practice alone."""

    key: int
    kind: str
    name: str  # of its field
    question: SafeString
    sides: list[tuple[str, SafeString]]
    choices: list[dict[str, Any]]
    text: str
    answered: bool
    feedback: "Feedback | None" = None


@dataclass(frozen=True)
class Feedback:
    right: bool | None  # none where people grade
    accepted: list[str]
    why: SafeString


def shown(
    item: Item,
    value: int | None = None,
    text: str = "",
    feedback: Feedback | None = None,
    order: Sequence[int] | None = None,
) -> Shown:
    """Of a choice the page knows the place alone: what the paper calls it, and so what may be right, stays here."""
    order = order or item.answers
    is_pair = item.kind == Item.Kind.PAIR
    labels = SCALE if is_pair else [("", item.options[option - 1]) for option in order]
    texts = [item.first, item.second] if not is_pair or order[0] == 1 else [item.second, item.first]
    sides = list(zip("AB", texts, strict=True)) if is_pair else []
    return Shown(
        key=item.pk,
        kind=item.kind,
        name=f"item-{item.pk}-answer",
        question=render(item.question),
        sides=[(letter, render(side)) for letter, side in sides],
        choices=[
            {"value": place, "side": side, "label": label, "checked": option == value}
            for place, (option, (side, label)) in enumerate(zip(order, labels, strict=True), start=1)
        ],
        text=text,
        answered=value is not None or bool(text),
        feedback=feedback,
    )


def of_sitting(sitting: Sitting) -> list[Shown]:
    """In the person's own order, with what they have answered."""
    answers = Answer.objects.filter(attempt=sitting.attempt_id, item__part=sitting.part_id)
    given = {answer.item_id: answer for answer in answers}
    items = [(item, given.get(item.pk), sitting.attempt.order(item)) for item in sitting.items()]
    return [
        shown(item, answer.value, answer.text, order=order) if answer else shown(item, order=order)
        for item, answer, order in items
    ]


def practised(items: Iterable[Item], answers: Mapping[int, dict[str, Any]]) -> list[Shown]:
    """With what is right and why, of those that were answered."""
    return [
        shown(item, **answers[item.pk], feedback=feedback(item, answers[item.pk].get("value")))
        if any(answers.get(item.pk, {}).values())
        else shown(item)
        for item in items
    ]


def feedback(item: Item, value: int | None) -> Feedback:
    return Feedback(
        right=None if item.kind == Item.Kind.TEXT else value in item.accepted,
        accepted=[said(item, one) for one in item.accepted],
        why=render(item.why or item.rubric),
    )
