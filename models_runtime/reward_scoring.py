"""What a trained reward model says of responses: from a request to a file of rewards in the store.

A request says `checkpoint`, the manifest of a reward model, and `rows`, a file of lines {"id", "context", "responses"}:
messages up to a prompt, and texts that answer it; lines without an id say what the file is for. What comes back are
lines of {"id", "rewards"}, one number for each response. What is longer than the model may read, or refused by its
template, is left out.
"""

import fcntl
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models_runtime.artifacts import Artifacts, artifacts
from models_runtime.batcher import device
from models_runtime.chat_prompt import ChatPrompt
from models_runtime.checkpoint_loading import Loaded
from models_runtime.engine import EngineError
from models_runtime.errands import Errand
from models_runtime.made_once import on_disk
from models_runtime.memory import is_out_of_memory, out_of_memory
from models_runtime.model_folders import own_folder
from models_runtime.reward_models import from_checkpoint, score, tokens

log = logging.getLogger(__name__)

PAIRS = {"cpu": 4, "cuda": 32}  # at once
YOUNG = 60.0  # seconds after which a folder that nobody has locked is one that a killed worker has left


def score_rows(errand: Errand, message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of `receipts.scored`. Raises EngineError, Unwanted, WorkerStopped."""
    began, store = time.monotonic(), artifacts()
    with fetched(store, message["checkpoint"]) as folder:
        lines = [row for row in map(json.loads, store.read(message["rows"]).splitlines()) if "id" in row]
        found = rewards_by(errand, folder, lines)
        written = folder / "rewards.jsonl"
        written.write_text("".join(json.dumps(line) + "\n" for line in found))
        return {"rewards": store.add(written), "seconds": round(time.monotonic() - began - errand.aside_seconds, 1)}


@contextmanager
def fetched(store: Artifacts, checkpoint: str) -> Iterator[Path]:
    """A folder with the files of a reward model, for as long as it is asked. It is locked meanwhile: so the next worker
    that asks one knows what a killed one has left, and takes it away."""
    own = own_folder() / "asked"
    with on_disk(own, "the reward model"):
        own.mkdir(parents=True, exist_ok=True)
        _sweep(own)
        with TemporaryDirectory(dir=own) as place:
            lock = os.open(place, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                store.fetch_folder(checkpoint, Path(place))
                yield Path(place)
            finally:
                os.close(lock)


def _sweep(own: Path) -> None:
    for left in own.iterdir():
        with suppress(OSError):  # locked, or gone meanwhile
            if time.time() - left.stat().st_mtime < YOUNG:
                continue
            lock = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left)
            finally:
                os.close(lock)


def rewards_by(errand: Errand, folder: Path, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By the model in the folder."""
    try:
        return rewards_of(errand, from_checkpoint(folder, device()), lines)
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory(error, "score responses") from error
        raise


def rewards_of(errand: Errand, loaded: Loaded, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    chat = ChatPrompt(loaded.tokenizer)
    limit = getattr(loaded.model.config.get_text_config(), "max_position_embeddings", None)
    read: list[list[list[int]]] = []
    for line in lines:
        errand.look()
        read.append(_read(chat, line))
    fit = [number for number, sides in enumerate(read) if sides and (not limit or max(map(len, sides)) <= limit)]
    found: list[dict[int, float]] = [{} for _ in lines]
    asked = [(number, side) for number in fit for side in two_by_two(len(read[number]))]
    pairs = [(read[number][first], read[number][second]) for number, (first, second) in asked]
    done = 0
    for portion in score(loaded, pairs, PAIRS[loaded.model.device.type]):
        for at, one, other in portion:
            number, (first, second) = asked[at]
            found[number] |= {first: one, second: other}
        done += len(portion)
        errand.come(done, len(pairs))
        errand.look()
    return [
        {"id": lines[number]["id"], "rewards": [found[number][side] for side in range(len(read[number]))]}
        for number in fit
    ]


def _read(chat: ChatPrompt, line: Mapping[str, Any]) -> list[list[int]]:
    """Tokens of each response; none where the model's template refuses the dialogue."""
    try:
        return [tokens(chat, line["context"], response) for response in line["responses"]]
    except EngineError as error:
        log.warning("A dialogue was left out: %s", error.detail)
        return []


def two_by_two(responses: int) -> list[tuple[int, int]]:
    """Each at least once: an odd one goes with the one before it, or with itself."""
    if responses == 1:
        return [(0, 0)]
    return [pair for at, pair in enumerate(pairwise(range(responses))) if at % 2 == 0 or at == responses - 2]
