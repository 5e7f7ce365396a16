"""What the form of a pair holds when it is shown: what was submitted just now, else what was answered before."""

from functools import lru_cache
from typing import Any

from django.utils.datastructures import MultiValueDict

from labeling.comparisons.models import Assignment, Degree, Judgement


def entered(assignment: Assignment, form: Any = None) -> MultiValueDict[str, str]:
    """By the names of JudgementForm's fields, as a browser would send them."""
    if form:
        return form.data
    return answered(assignment, assignment.judgement) if assignment.judgement else MultiValueDict()


def answered(assignment: Assignment, said: Judgement) -> MultiValueDict[str, str]:
    """A judgement in terms of A and B."""
    filled = MultiValueDict({"comment": [said.comment]})
    letters = {assignment.sides()[0].pk: "a", assignment.sides()[1].pk: "b"}
    for name, completion in (("chosen", said.chosen_id), ("rejected", said.rejected_id)):
        if completion is None:
            continue
        letter, safe = letters[completion], getattr(said, f"{name}_safe")
        if safe is not None:
            filled[f"{letter}_label"] = "safe" if safe else "unsafe"
        if getattr(said, f"{name}_false_refusal"):
            filled[f"{letter}_false_refusal"] = "on"
        filled.setlist(f"{letter}_reasons", getattr(said, f"{name}_reasons"))
    if said.chosen_id and said.degree:
        filled["choice"] = str(-said.degree if letters[said.chosen_id] == "a" else said.degree)
    return filled


@lru_cache(maxsize=256)
def degrees(chosen: str | None, kept: str, language: str | None) -> tuple[dict[str, Any], ...]:
    """The scale, in the language that is active. `kept` is the letter that the choice has to stay with; without one
    either may be chosen."""
    values = [*(-degree for degree in reversed(Degree)), *Degree]
    sides = ["A" if value < 0 else "B" for value in values]
    return tuple(
        {
            "value": int(value),
            "key": str(place),
            "label": str(Degree(abs(value)).label),
            "side": side,
            "closed": bool(kept) and side != kept,
            "checked": str(int(value)) == chosen and kept in ("", side),
        }
        for place, (value, side) in enumerate(zip(values, sides, strict=True), start=1)
    )


def reasons(assignment: Assignment, letter: str, values: MultiValueDict[str, str]) -> list[dict[str, Any]]:
    """What may be ticked under a response."""
    ticked = values.getlist(f"{letter.lower()}_reasons")
    offered = assignment.comparison.project.reasons_for(assignment.axis)
    return [{"label": reason, "checked": reason in ticked} for reason in offered]
