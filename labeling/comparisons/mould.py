"""A pair's step, cast in a mould: what pairs have in common goes through the template once, and is kept.

Its four hundred nodes took more than half the time of an answer to a judgement. What differs from pair to pair is keys,
and texts that are HTML already. Marks take their places; the step with its marks is rendered, and is the name by which
the outcome is kept. Whatever else is new about a step makes another name, so nothing is shown that belongs to another.

The template may show such keys and texts as they are; what it decided by them, or made of them, would not follow. Plain
text that is new with each pair would make each pair's mould its own, which is right, and as slow as having none.
"""

import re
import uuid
from dataclasses import dataclass, field, is_dataclass, replace
from functools import lru_cache
from typing import Any

from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from labeling.comparisons.place import Place
from labeling.comparisons.steps import PairStep
from labeling.projects.access import PersonRequest

TEMPLATE = "comparisons/workbench.html#step"
FOR_HTMX = {"htmx": True}  # all that the template asks of a request, where nothing in it is one person's own
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
KEY_LENGTH = 36
SHORT = 8  # characters by which keys are told apart in the names of drafts
MARKS = [str(uuid.uuid4()) for _ in range(64)]  # keys themselves, so that the template treats them as it treats keys
PLAIN = (bool, int, type(None))  # of which nothing is marked
PLACES = re.compile("|".join(f"({mark[:SHORT]}(?:{mark[SHORT:]})?)" for mark in MARKS))


def fits(step: PairStep) -> bool:
    """Ready, and as nobody has touched it; what somebody entered or changes is rendered for them alone, and so is what
    their manager or a reviewer says to them."""
    own = step.change or step.sent_back or step.errors or step.values or (step.place and step.place.answers)
    return step.ready and len(step.context) < len(MARKS) / 2 and not own


def cast(request: PersonRequest, step: PairStep) -> str:
    """What TEMPLATE makes of it for htmx."""
    marking = Marking()
    plain = marking.of(step)
    plain.place = plain.place and marking.counted(plain.place)
    token = marking.mark(request.POST.get("csrfmiddlewaretoken") or get_token(request))  # one that was accepted, if any
    mould = moulded(Mould(f"{get_language()} {plain}", plain, token))
    return "".join(marking.value(part) if place % 2 else part for place, part in enumerate(mould))


@dataclass(frozen=True)
class Mould:
    name: str
    step: PairStep = field(compare=False)
    token: str = field(compare=False)


@lru_cache(maxsize=256)
def moulded(mould: Mould) -> list[str]:
    """Text and marks in turn."""
    text = render_to_string(TEMPLATE, {"step": mould.step, "csrf_token": mould.token, "request": FOR_HTMX})
    marks = [found[0] for found in PLACES.finditer(text)]
    texts = PLACES.sub("\0", text).split("\0")
    return [part for pair in zip(texts, [*marks, ""], strict=True) for part in pair][:-1]


class Marking:
    """Which mark stands for what, in the order in which a step has it."""

    def __init__(self) -> None:
        self.marks: dict[str, str] = {}  # by value
        self.values: dict[str, str] = {}  # by mark, and by what it begins with

    def mark(self, value: str) -> str:
        if value not in self.marks:
            mark = self.marks[value] = MARKS[len(self.marks)]
            self.values[mark], self.values[mark[:SHORT]] = conditional_escape(value), value[:SHORT]
        return self.marks[value]

    def counted(self, place: Place) -> Place:
        """With marks for what is counted, which is new with each pair and is shown as it is."""
        marks: dict[str, Any] = {
            name: self.mark(str(count)) for name in ("done", "pace") if (count := getattr(place, name))
        }
        return replace(place, **marks)

    def value(self, mark: str) -> str:
        return self.values[mark]

    def of(self, part: Any) -> Any:
        """The same with its marks in place."""
        if isinstance(part, SafeString):
            return mark_safe(self.mark(part)) if part else part  # noqa: S308 - a mark
        if isinstance(part, str):
            return part if len(part) < KEY_LENGTH else KEY.sub(lambda key: self.mark(key[0]), part)
        if isinstance(part, uuid.UUID):
            return self.mark(str(part))
        if isinstance(part, list):
            return [self.of(each) for each in part]
        if is_dataclass(part) and not isinstance(part, type):
            marked = object.__new__(type(part))
            for name, value in part.__dict__.items():
                kind = value.__class__
                is_short = kind is str and len(value) < KEY_LENGTH
                marked.__dict__[name] = value if is_short or kind in PLAIN else self.of(value)
            return marked
        return part
