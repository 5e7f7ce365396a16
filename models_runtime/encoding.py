"""What one fixed model makes of a dialogue with either of two responses: what a quick reward model is fitted to.

Of each response there are the model's state at the token that ends it ("last") and the mean of its states over the
response ("mean"), after three fifths of its layers: those after them know more of the next word, and no more of what
people prefer. Both responses are read in one pass: the dialogue before them, which they share, is read once, and
neither sees the other.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast
from uuid import UUID

import torch
from safetensors.torch import save
from transformers import PreTrainedModel

from models_runtime import checkpoints, pair_attention, pair_layouts
from models_runtime.batcher import device
from models_runtime.chat_prompt import ChatPrompt
from models_runtime.checkpoint_loading import load
from models_runtime.engine import EngineError

FEATURES = ("last", "mean")
LAYERS = 0.6  # of all of them
LONGEST = 2048  # tokens of a dialogue with one of its responses; the beginning of a longer one is left out
TOKENS = {"cpu": 2048, "cuda": 65536}  # read at once, padding included


@dataclass(frozen=True, slots=True)
class Pair:
    """A dialogue up to its last prompt, and two responses to it."""

    comparison: str
    context: list[dict[str, str]]
    first: str
    second: str

    @classmethod
    def from_message(cls, message: Any) -> Self:
        try:
            context = [{key: text(said[key]) for key in ("role", "content")} for said in message["context"]]
            return cls(str(UUID(message["comparison"])), context, text(message["first"]), text(message["second"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EngineError(f"The request to encode is not valid: {error!r}.", permanent=True) from error


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


@dataclass(slots=True)
class Encoded:
    """`states` by the names of FEATURES: (pairs, 2, size), in the order of `comparisons`. What could not be read is in
    `refused` instead, with the reason."""

    comparisons: list[str]
    states: dict[str, torch.Tensor]
    tokens: int
    seconds: float
    refused: dict[str, str] = field(default_factory=dict)

    def saved(self) -> bytes:
        """As safetensors, in half precision."""
        return save({name: states.half().contiguous() for name, states in self.states.items()})


class Encoder:
    """One model, for one thread, of which it keeps the first layers alone. `sha256` is of the name that these have:
    what all its weights were found to be, and how many layers they are."""

    def __init__(self, model: PreTrainedModel, tokenizer: Any, weights: str) -> None:
        pair_attention.install()
        self._model: Any = cast(Any, model).base_model
        layers = round(LAYERS * len(self._model.layers))
        self._model.layers, self._model.norm = self._model.layers[:layers], torch.nn.Identity()
        self.sha256 = hashlib.sha256(f"{weights} {layers}".encode()).hexdigest()
        self._device: torch.device = model.device
        self._chat = ChatPrompt(tokenizer)
        self._end: int = tokenizer.eos_token_id

    @classmethod
    def from_source(cls, source: str = checkpoints.DEFAULT_MODEL, dtype: torch.dtype = torch.bfloat16) -> Self:
        """Verifies the checkpoint, then loads it."""
        weights = checkpoints.find(source)
        loaded = load(weights.folder, device(), dtype, weights.adapter)
        return cls(loaded.model, loaded.tokenizer, weights.sha256)

    def encode(self, pairs: Sequence[Pair], tick: Callable[[], None] = lambda: None) -> Encoded:
        """`tick` is called before each pass and may raise."""
        began = time.monotonic()
        read: dict[str, pair_layouts.Pair] = {}
        refused: dict[str, str] = {}
        for pair in pairs:
            try:
                read[pair.comparison] = self.tokens(pair)
            except EngineError as error:
                refused[pair.comparison] = error.detail
        rows: dict[str, torch.Tensor] = {}
        for batch in batches(read, TOKENS[self._device.type]):
            tick()
            rows |= zip(batch, self._pass([read[comparison] for comparison in batch]), strict=True)
        comparisons = sorted(rows)
        states = torch.stack([rows[comparison] for comparison in comparisons]) if rows else torch.zeros(0, 2, 2, 1)
        by_name = {name: states[:, :, place] for place, name in enumerate(FEATURES)}
        return Encoded(comparisons, by_name, sum(map(len, read.values())), time.monotonic() - began, refused)

    def tokens(self, pair: Pair) -> pair_layouts.Pair:
        """Each response ends with the token that ends it. Raises EngineError where the model's template refuses the
        dialogue."""
        context = self._chat.before(pair.context)
        first, second = ([*self._chat.answer(text)[: LONGEST - 1], self._end] for text in (pair.first, pair.second))
        room = LONGEST - max(len(first), len(second))
        return pair_layouts.Pair(context[max(0, len(context) - room) :], first, second)

    @torch.inference_mode()
    def _pass(self, batch: Sequence[pair_layouts.Pair]) -> torch.Tensor:
        """(pairs, 2 responses, 2 features, size) on the CPU."""
        in_one_row = self._device.type == "cpu"
        laid = (pair_layouts.flat if in_one_row else pair_layouts.packed)(batch, self._end).tensors()
        read = {name: laid[name].to(self._device) for name in pair_layouts.READ if name in laid}
        states = self._model(**read, use_cache=False).last_hidden_state.float().cpu()
        rows = states[0].split([len(tokens) for tokens in batch]) if in_one_row else states
        return torch.stack([of_responses(row, tokens) for row, tokens in zip(rows, batch, strict=True)])


def of_responses(states: torch.Tensor, tokens: pair_layouts.Pair) -> torch.Tensor:
    """(2 responses, 2 features, size) of the states (tokens, size) of one pair."""
    _, first, second = states[: len(tokens)].split([len(tokens.shared), len(tokens.first), len(tokens.second)])
    return torch.stack([torch.stack([response[-1], response.mean(0)]) for response in (first, second)])


def batches(read: dict[str, pair_layouts.Pair], most: int) -> Iterator[list[str]]:
    """Those of like length together, of at most so many tokens with what fills up the shorter ones; one pair alone may
    have more."""
    batch: list[str] = []
    for comparison in sorted(read, key=lambda comparison: len(read[comparison]), reverse=True):
        if batch and len(read[batch[0]]) * (len(batch) + 1) > most:
            yield batch
            batch = []
        batch.append(comparison)
    if batch:
        yield batch
