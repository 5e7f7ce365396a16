"""A row of a file as a comparison that somebody judged elsewhere, or as two responses that are to be judged here."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labeling.datasets.imports import cells, tags
from labeling.datasets.imports.cells import Message
from labeling.datasets.imports.mapping import Mapped, key
from labeling.datasets.imports.wrong import Refused, Wrong
from labeling.projects.markdown import render

LONGEST = 200_000  # characters of one message
FIRST, COLUMN, NOWHERE = "first", "column", "nowhere"  # where a file says which response is better
NAMES, ZERO, ONE, SIGN = "names", "zero", "one", "sign"  # how a column says it
TIES = {"tie", "tie (bothbad)", "both", "neither", "none", "both bad", "equal", "same", "draw"}
SECOND_WORDS = {"b", "2", "second", "right", "model_b", "model b", "response_b", "response2", "response_2", "rejected"}
FIRST_WORDS = {"a", "1", "first", "left", "model_a", "model a", "response_a", "response1", "response_1", "chosen"}
DEGREES = {
    **dict.fromkeys(("negligibly", "negligibly better", "barely", "unsure", "barely or unsure"), 1),
    **dict.fromkeys(("slightly", "slightly better"), 2),
    **{"better": 3, **dict.fromkeys(("significantly", "significantly better", "much better"), 4)},
}
LABELS = {
    **dict.fromkeys(("true", "1", "yes", "safe"), True),
    **dict.fromkeys(("false", "0", "no", "unsafe"), False),
}


@dataclass(frozen=True)
class ReadPair:
    """The two responses in an order of their own, which says nothing of which was better. `better` is 0 or 1, None
    where nobody has judged it; degree and labels are None where nobody said, and the language is empty."""

    context: list[Message]
    texts: tuple[str, str]
    models: tuple[str, str]
    better: int | None
    degree: int | None
    safe: tuple[bool | None, bool | None]
    annotator: str
    language: str

    @classmethod
    def of(cls, values: Mapping[str, Any], mapped: Mapped, axis: str) -> "ReadPair":
        """Raises Refused."""
        first, second = (mapped.columns[name] for name in ("first", "second"))
        context, texts = told_apart(values, mapped)
        if texts[0].strip() == texts[1].strip():
            raise Refused(Wrong.SAME, second)
        better = which(values, mapped)
        safe = labels(values, mapped) if axis == "safety" else (None, None)
        if better is not None and safe[better] is False and safe[1 - better] is True:
            raise Refused(Wrong.UNSAFE, mapped.columns.get("first_safe", first))
        models = mapped.word(values, "first_model")[:80], mapped.word(values, "second_model")[:80]
        degree = None if better is None else degree_of(values, mapped)
        if key(texts[0]) > key(texts[1]):
            texts, models, safe = (texts[1], texts[0]), (models[1], models[0]), (safe[1], safe[0])
            better = None if better is None else 1 - better
        annotator = mapped.word(values, "annotator")
        return cls(context, texts, models, better, degree, safe, annotator, tags.language(values, mapped))

    def pair(self) -> bytes:
        """The same for everybody who judged it."""
        turns = [part for message in self.context for part in (message["role"], message["content"])]
        return key(*turns, *self.texts)

    def key(self) -> bytes:
        """Nobody judges a pair twice; but who has no name may be several, and a verdict is said to be the same."""
        return key(self.pair().hex(), "by" if self.annotator else f"{self.better}", self.annotator)

    def data(self) -> dict[str, Any]:
        """Rendered once, as what a model writes here is."""
        return {**vars(self), "pair": self.pair().hex(), "htmls": [str(render(text)) for text in self.texts]}

    def shown(self) -> dict[str, Any]:
        context = [f"{message['role']}: {message['content']}" for message in self.context]
        better = None if self.better is None else self.texts[self.better]
        worse = None if self.better is None else self.texts[1 - self.better]
        found = {"context": context, "better": better, "other": worse, "degree": self.degree, "by": self.annotator}
        shown = found if better else {"context": context, "first": self.texts[0], "second": self.texts[1]}
        return {**shown, "language": self.language}


def told_apart(values: Mapping[str, Any], mapped: Mapped) -> tuple[list[Message], tuple[str, str]]:
    """The dialogue up to and with its prompt, and what was answered to it in two ways."""
    first, second = (mapped.columns[name] for name in ("first", "second"))
    one, other = response(values.get(first), first), response(values.get(second), second)
    prompt = mapped.columns.get("prompt", "")
    said = None if values.get(prompt) in (None, "", []) else cells.dialogue(values[prompt], prompt, LONGEST)
    context = [Message(role="user", content=said)] if isinstance(said, str) else said
    for before, _text in (one, other):
        if before and context is not None and before != context:
            raise Refused(Wrong.FORK, second)
        context = context or before
    if not context:
        raise Refused(Wrong.PROMPT, prompt or first)
    if context[-1]["role"] != "user":
        raise Refused(Wrong.ROLES, prompt or first, context[-1]["role"])
    return context, (one[1], other[1])


def response(value: Any, cell: str) -> tuple[list[Message], str]:
    """What came before it, where the cell has that, and the response itself."""
    value = cells.unfolded(value, cell)
    if isinstance(value, list | tuple) and len(value) == 1:  # the response alone, as TRL's explicit prompt has it
        only = cells.message(value[0], cell, LONGEST)
        return [], only["content"]
    said = cells.dialogue(value, cell, LONGEST)
    if isinstance(said, str):
        return [], said
    if said[-1]["role"] != "assistant":
        raise Refused(Wrong.ROLES, cell, said[-1]["role"])
    return said[:-1], said[-1]["content"]


def which(values: Mapping[str, Any], mapped: Mapped) -> int | None:
    where = mapped.values.get("verdict", FIRST)
    if where != COLUMN:
        return 0 if where == FIRST else None
    column = mapped.columns.get("better", "")
    said = cells.word(values, column).lower()
    if said in TIES:
        raise Refused(Wrong.TIE, column, said)
    how = mapped.values.get("better_is", NAMES)
    if how == SIGN and as_number(said) == 0:
        raise Refused(Wrong.TIE, column, said)
    found = PLACES[how](said)
    if found not in (0, 1):
        raise Refused(Wrong.VERDICT, column, said)
    return int(found)


def degree_of(values: Mapping[str, Any], mapped: Mapped) -> int | None:
    column = mapped.columns.get("degree", "")
    said = cells.word(values, column).lower()
    if not said:
        return None
    number = as_number(said)
    found = DEGREES.get(said) if number is None else abs(number)
    if found not in (1, 2, 3, 4):
        raise Refused(Wrong.DEGREE, column, said)
    return int(found)


def as_number(said: str) -> float | None:
    """Finite: what is missing is often written as "nan", which is no verdict."""
    try:
        number = float(said)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def by_sign(said: str) -> int | None:
    number = as_number(said)
    return None if number is None else int(number > 0)


PLACES: Mapping[str, Callable[[str], float | None]] = {
    NAMES: lambda said: 0 if said in FIRST_WORDS else 1 if said in SECOND_WORDS else None,
    ZERO: as_number,
    ONE: lambda said: {"1": 0, "2": 1}.get(said),
    SIGN: by_sign,
}


def labels(values: Mapping[str, Any], mapped: Mapped) -> tuple[bool | None, bool | None]:
    return label(values, mapped, "first_safe"), label(values, mapped, "second_safe")


def label(values: Mapping[str, Any], mapped: Mapped, name: str) -> bool | None:
    column = mapped.columns.get(name, "")
    value = values.get(column) if column else None
    said = str(value).lower() if isinstance(value, bool) else cells.word(values, column).lower()
    if not said:
        return None
    if said not in LABELS:
        raise Refused(Wrong.LABEL, column, said)
    return LABELS[said]
