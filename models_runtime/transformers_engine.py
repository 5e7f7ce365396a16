"""Generates with a local model through transformers' continuous batching, on CUDA if there is one, else on
CPU.

The library's batcher is fast and unforgiving: one prompt too long, one temperature of 0 or one empty prompt
ends its thread and everybody in it. So nothing reaches it unchecked, what it could not hold waits at the
door, and when it dies all the same its requests fail transiently and the next one starts another.
"""

import logging
import threading
from collections.abc import Generator
from itertools import count
from pathlib import Path
from queue import Empty
from typing import Any, Self, cast

import torch
from transformers import PreTrainedModel

from models_runtime import checkpoints
from models_runtime.admission import Entry
from models_runtime.batcher import Batcher, Results, device
from models_runtime.chat_prompt import ChatPrompt
from models_runtime.checkpoint_loading import load
from models_runtime.engine import TICK, Chunk, EngineError, Finish, FinishReason, GenerationRequest
from models_runtime.memory import is_out_of_memory, out_of_memory, release_memory
from models_runtime.token_text import TokenText
from models_runtime.wording import because, one_line

log = logging.getLogger(__name__)

WORTH_SHARING = 256  # tokens; a shorter prompt is read again sooner than it is waited for


class TransformersEngine:
    def __init__(self, model: PreTrainedModel, tokenizer: Any) -> None:
        self.device = torch.cuda.get_device_name(model.device) if model.device.type == "cuda" else "cpu"
        self._model = model
        self._tokenizer = tokenizer
        self._chat = ChatPrompt(tokenizer)
        self._eos = _eos_tokens(model, tokenizer)
        self._context = _context(model)
        self._vocabulary: int = cast(Any, model.get_input_embeddings()).num_embeddings
        self._lock = threading.Lock()
        self._batcher: Batcher | None = None
        self._closed = False
        self._names = count()

    @classmethod
    def from_source(cls, source: str, sha256: str = "") -> Self:
        """Verifies the checkpoint, then loads it: seconds, and the memory of its weights."""
        weights = checkpoints.find(source, sha256)
        return cls.from_folder(weights.folder, adapter=weights.adapter)

    @classmethod
    def from_folder(cls, folder: Path, dtype: torch.dtype = torch.bfloat16, adapter: Path | None = None) -> Self:
        loaded = load(folder, device(), dtype, adapter)
        return cls(loaded.model, loaded.tokenizer)

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            batcher, self._batcher = self._batcher, None
            del self._model
        if batcher is not None:
            batcher.stop()

    def stream(self, request: GenerationRequest) -> Generator[Chunk, None, None]:
        prompt = self._chat.tokens(request)
        batcher = self._running()
        entry = self._entry(prompt, request, batcher)
        with batcher.admission.entering(entry):
            while not batcher.admission.wait(entry, TICK):
                yield Chunk("")
                if not batcher.alive:
                    raise _stopped(batcher, "before the request had its turn")
            name = f"{request.completion}:{request.attempt}:{next(self._names)}"
            results = batcher.submit(name, prompt, request.sampling)
            try:
                yield from self._read(results, batcher, entry, len(prompt))
            finally:
                batcher.leave(name)

    def _read(
        self, results: Results, batcher: Batcher, entry: Entry, prompt_tokens: int
    ) -> Generator[Chunk, None, None]:
        text = TokenText(self._tokenizer)
        while True:
            try:
                output = results.get(timeout=TICK)
            except Empty:
                if not batcher.alive and results.empty():
                    raise _stopped(batcher, "in the middle of the text") from None
                yield Chunk("")
                continue
            if output.error is not None:
                raise EngineError("The engine was closed.") if self._closed else _failed(output.error)
            if not entry.prefilled:
                batcher.admission.prefilled(entry)
            tokens = output.generated_tokens
            if output.is_finished():
                reason: FinishReason = "stop" if tokens and tokens[-1] in self._eos else "length"
                finish = Finish(reason, prompt_tokens, len(tokens))
                yield Chunk(text.advance(tokens), finish)
                return
            if results.empty():  # else what follows has these tokens too
                yield Chunk(text.advance(tokens))

    def _running(self) -> Batcher:
        """The batcher, a new one if it has died."""
        with self._lock:
            if self._closed:
                raise EngineError("The engine was closed.")
            if self._batcher is not None and not self._batcher.alive:
                log.error("The batcher of this engine has died; starting another.")
                self._batcher.stop()
                self._batcher = None
                release_memory()
            if self._batcher is None:
                self._batcher = self._started()
            return self._batcher

    def _started(self) -> Batcher:
        try:
            return Batcher(self._model, self._eos)
        except Exception as error:
            if is_out_of_memory(error):
                raise out_of_memory(error, "answer with this model, though its weights fit") from error
            log.exception("The batcher could not be started.")
            raise EngineError(f"The model is loaded but cannot be started: {because(error)}.") from error

    def _entry(self, prompt: list[int], request: GenerationRequest, batcher: Batcher) -> Entry:
        tokens = len(prompt) + request.sampling.max_new_tokens
        limit = min(self._context, batcher.admission.blocks * batcher.page)
        if tokens > limit:
            raise EngineError(
                f"The dialogue is too long by {tokens - limit} tokens: {len(prompt)} of it and up to "
                f"{request.sampling.max_new_tokens} new ones are more than the {limit} that this model has "
                "room for. Shorten the dialogue, or lower the longest response.",
                permanent=True,
                tokens_over=tokens - limit,
            )
        if max(prompt) >= self._vocabulary:  # one such token would end the batch for everybody in it
            detail = "The model's tokenizer is not its own: it has tokens that the model has no place for."
            raise EngineError(detail, permanent=True)
        prefix = tuple(prompt) if len(prompt) >= WORTH_SHARING else None
        return Entry(batcher.blocks(tokens), request.live, prefix)


def _stopped(batcher: Batcher, when: str) -> EngineError:
    if is_out_of_memory(batcher.failure):
        return _failed(batcher.failure)
    return EngineError(f"The engine stopped {when}.")


def _failed(error: object) -> EngineError:
    """Transient: the engine starts again with the next request."""
    if is_out_of_memory(error):
        return out_of_memory(error, "go on with all the texts that were being written")
    return EngineError(f"The engine failed: {one_line(error)}.")


def _context(model: PreTrainedModel) -> int:
    """The longest dialogue that the model was made for, in tokens."""
    longest = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    if not isinstance(longest, int):
        detail = "The model's configuration does not say how long a text it can read (max_position_embeddings)."
        raise EngineError(detail, permanent=True)
    return longest


def _eos_tokens(model: PreTrainedModel, tokenizer: Any) -> list[int]:
    named = model.generation_config.eos_token_id
    tokens = set(named if isinstance(named, list) else [named]) | {tokenizer.eos_token_id}
    return sorted(token for token in tokens if token is not None)
