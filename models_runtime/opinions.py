"""What reward models say of responses that somebody gave them: trained ones, and quick ones.

A request says `models`, by axis the manifest of each, and `lines` of {"context", "responses"}: messages up to a prompt,
and texts that answer it. What comes back is, by axis, of each line one number for each response; nothing where it is
longer than the model may read, or the model's template refuses it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import torch
from safetensors.torch import load

from models_runtime.artifacts import Artifacts, artifacts
from models_runtime.encoding import Encoder, Pair
from models_runtime.engine import EngineError
from models_runtime.errands import Errand
from models_runtime.memory import is_out_of_memory, out_of_memory
from models_runtime.reward_scoring import fetched, rewards_by, two_by_two

HEAD = "head.safetensors"
Lines = Sequence[Mapping[str, Any]]
Rewards = list[list[float] | None]


def give_opinion(errand: Errand, message: Mapping[str, Any], encoder: Callable[[], Encoder]) -> Mapping[str, Any]:
    """The fields of `receipts.opinion_given`. `encoder` is what quick models are a head on. It may be asked between two
    steps of a training, which goes on with the random numbers that it would have had. Raises EngineError, Unwanted,
    WorkerStopped."""
    store, lines, models = artifacts(), message["lines"], message["models"]
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if torch.cuda.is_available() else []):
        return {"rewards": {axis: _asked(errand, store, name, lines, encoder) for axis, name in models.items()}}


def _asked(errand: Errand, store: Artifacts, name: str, lines: Lines, encoder: Callable[[], Encoder]) -> Rewards:
    errand.look()
    about = store.manifest(name)
    if about["kind"] == "quick":
        return of_head(errand, store, about, lines, encoder())
    with fetched(store, name) as folder:
        numbered = [{**line, "id": number} for number, line in enumerate(lines)]
        found = {said["id"]: said["rewards"] for said in rewards_by(errand, folder, numbered)}
    return [found.get(number) for number in range(len(lines))]


def of_head(errand: Errand, store: Artifacts, about: Mapping[str, Any], lines: Lines, encoder: Encoder) -> Rewards:
    """As the web side reads a head: on features in half precision."""
    if about["encoder"] != encoder.sha256:
        raise EngineError(
            "This quick reward model was fitted to what another chat model makes of texts than this worker has. Fit it "
            "anew, or ask a worker that has that one.",
            permanent=True,
        )
    file = next(file["sha256"] for file in about["files"] if file["path"] == HEAD)
    head = load(store.read(file))
    asked = [(number, *sides) for number, line in enumerate(lines) for sides in two_by_two(len(line["responses"]))]
    pairs = [_pair(place, lines[number], one, other) for place, (number, one, other) in enumerate(asked)]
    encoded = _encoded(errand, encoder, pairs)
    found: list[dict[int, float]] = [{} for _ in lines]
    if encoded.comparisons:
        features = torch.cat([encoded.states[name].half() for name in about["features"]], dim=2).double()
        rewards = features @ head["weight"].double() - head["centre"].double()
        for name, (first, second) in zip(encoded.comparisons, rewards.tolist(), strict=True):
            number, one, other = asked[UUID(name).int]
            found[number] |= {one: first, other: second}
    return [
        [said[place] for place in range(len(line["responses"]))] if len(said) == len(line["responses"]) else None
        for line, said in zip(lines, found, strict=True)
    ]


def _pair(place: int, line: Mapping[str, Any], one: int, other: int) -> Pair:
    """It is known again by its place."""
    texts = {"first": line["responses"][one], "second": line["responses"][other]}
    return Pair.from_message({"comparison": str(UUID(int=place)), "context": line["context"], **texts})


def _encoded(errand: Errand, encoder: Encoder, pairs: Sequence[Pair]) -> Any:
    try:
        return encoder.encode(pairs, errand.look)
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory(error, "encode with the default model") from error
        raise
