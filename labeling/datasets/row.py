"""What a data set is made from: one judgement with its pair, and one preference drawn from one or several. Pure.

Tuples, since a million of them are made in seconds.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Message = Mapping[str, str]


class Row(NamedTuple):
    """One judgement of a snapshot's membership. `chose_first` and `degree` are None where the pair cannot be judged;
    `first_safe` and `second_safe` are its own labels, None off the safety axis. Of the comparison are `first_better`,
    how probably the first response is better by the annotator model, and `first_unsafe` and `second_unsafe`: that
    those who label it call it unsafe, on whichever axis this one is. All judgements of a comparison on an axis stand
    next to each other.

    What follows `second_unsafe` goes into no file: the card counts it. Tokens are None where no model counted them.
    """

    position: int
    axis: str
    held_out: bool
    reason: str  # why it is in no trainer's file; empty where it is in
    kind: str
    comparison: str
    context: list[Message]
    first: str
    second: str
    chose_first: bool | None
    degree: int | None
    first_safe: bool | None
    second_safe: bool | None
    first_better: float | None
    first_unsafe: bool
    second_unsafe: bool
    person: int
    round: int
    guideline: int | None
    language: str
    models: list[int]  # of the first and of the second
    prompt_tokens: int | None
    response_tokens: float | None


class Pair(NamedTuple):
    """One preference, as trainers take it. `margin` is None in a snapshot without margins, and where nobody has said a
    degree: then it is in no file with margins. The labels are None off the safety axis, where `unsafe` still says that
    the chosen response is called so."""

    axis: str
    context: list[Message]
    chosen: str
    rejected: str
    margin: float | None
    chosen_safe: bool | None
    rejected_safe: bool | None
    unsafe: bool = False


class Completion(NamedTuple):
    """A response with where it came from. Counts and numbers are None where it was made elsewhere and nobody said."""

    id: str
    text: str
    model: str
    model_sha256: str
    system_prompt: str
    seed: int | None
    temperature: float | None
    top_p: float | None
    draw_probability: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    ended: str


class Told(NamedTuple):
    """Everything that is known of one judgement: `own` by the names of the config `judgements`, and its two
    responses."""

    own: Mapping[str, Any]
    first: Completion
    second: Completion
