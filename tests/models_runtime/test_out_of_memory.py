"""Memory that runs out: while a model is loaded, started and running. What the reader of the failure is told."""

import gc
import json
import struct
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from runtime_harness import REPOSITORY, request
from tiny_models import gguf_file, llama

from models_runtime import batcher
from models_runtime.checkpoint_loading import load
from models_runtime.engine import EngineError
from models_runtime.memory import OutOfMemory, out_of_memory
from models_runtime.transformers_engine import TransformersEngine

TOO_MUCH = 2**50  # bytes, which no allocator gives


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path))
    return llama(tmp_path / "model")


@pytest.fixture
def tiny(folder: Path) -> Iterator[TransformersEngine]:
    engine = TransformersEngine.from_source("model")
    yield engine
    engine.close()


def failure(engine: TransformersEngine) -> EngineError:
    with pytest.raises(EngineError) as caught:
        list(engine.stream(request("x", "transformers", max_new_tokens=50)))
    assert not caught.value.permanent
    return caught.value


def test_a_model_that_cannot_fit_is_refused_before_it_is_loaded(folder: Path):
    """Weights as a file with a hole: 8 TiB by its header, nothing on the disk."""
    length = 2**42
    header = json.dumps({"w": {"dtype": "BF16", "shape": [length], "data_offsets": [0, 2 * length]}}).encode()
    file = folder / "model.safetensors"
    with file.open("wb") as weights:
        weights.write(struct.pack("<Q", len(header)) + header)
        try:
            weights.truncate(8 + len(header) + 2 * length)
        except OSError:
            pytest.skip("this file system holds no file of 8 TiB")
    with pytest.raises(OutOfMemory) as refusal:
        load(folder, torch.device("cpu"), torch.bfloat16)
    assert "wants 8,192.00 GiB of memory for its weights" in refusal.value.detail
    assert "smaller model" in refusal.value.detail
    assert not refusal.value.permanent


LOAD = """
import resource, sys
from pathlib import Path
import transformers.models.llama.modeling_llama, peft
from models_runtime.engine import EngineError
from models_runtime.transformers_engine import TransformersEngine
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (int(sys.argv[1]) << 20),) * 2)
try:
    TransformersEngine.from_source("model")
except EngineError as error:
    print(type(error).__name__, error.permanent, error.detail)
else:
    print("loaded")
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_a_load_that_runs_out_of_memory_says_what_to_do(folder: Path):
    """Weights of 64 MiB, by a process that may have 16 MiB more."""
    llama(folder, vocab_size=2**19)
    done = subprocess.run(
        [sys.executable, "-c", LOAD, "16"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    said = done.stdout.strip().splitlines()[-1]
    assert said.startswith("OutOfMemory False This worker has too little memory to"), said + done.stderr
    assert "smaller model" in said


def test_running_out_in_the_middle_fails_everybody_in_words_and_the_next_request_runs(tiny: TransformersEngine):
    """A real refusal of the allocator, in the thread of the batch."""
    hook = tiny._model.register_forward_pre_hook(lambda *_: torch.empty(TOO_MUCH, dtype=torch.int8) and None)
    said = failure(tiny).detail
    hook.remove()
    assert "too little memory to go on with all the texts that were being written" in said
    assert "1,048,576.00 GiB more were wanted" in said
    assert list(tiny.stream(request("x", "transformers", max_new_tokens=3)))[-1].finish


@pytest.mark.skipif(torch.cuda.is_available(), reason="CUDA's cache takes what room there is")
def test_weights_that_fit_without_room_to_answer_are_told_apart(
    tiny: TransformersEngine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(batcher, "_cpu_blocks", lambda model: 2**40)
    assert "too little memory to answer with this model, though its weights fit" in failure(tiny).detail


def test_a_closed_engine_gives_its_weights_back(folder: Path):
    engine = TransformersEngine.from_source("model")
    list(engine.stream(request("x", "transformers", max_new_tokens=3)))
    weights = weakref.ref(engine._model.lm_head.weight)
    engine.close()
    gc.collect()
    assert weights() is None


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            torch.OutOfMemoryError(
                "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 8 GiB"
            ),
            "(2.50 GiB more were wanted)",
        ),
        (
            RuntimeError(
                "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 3221225472 bytes"
            ),
            "(3.00 GiB more were wanted)",
        ),
        (MemoryError(), "too little memory to load it. Choose"),
    ],
)
def test_it_says_how_much_was_wanted_if_that_is_known(error: Exception, says: str):
    assert says in out_of_memory(error, "load it").detail


def test_a_conversion_that_runs_out_is_not_the_files_fault(folder: Path, monkeypatch: pytest.MonkeyPatch):
    gguf_file(folder.parent / "m.gguf")

    def fail(*_: object, **__: object) -> None:
        torch.empty(TOO_MUCH, dtype=torch.int8)

    monkeypatch.setattr("models_runtime.gguf_conversion._model", fail)
    with pytest.raises(OutOfMemory, match="too little memory to convert the GGUF file"):
        TransformersEngine.from_source("m.gguf")
