"""What only a GPU can show: the library's own processors, its cache sizing, bfloat16 on CUDA."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from runtime_harness import request

from models_runtime.checkpoints import DEFAULT_MODEL
from models_runtime.engine import EngineError
from models_runtime.transformers_engine import TransformersEngine

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device on this machine")

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def cuda(models: Path) -> Iterator[TransformersEngine]:
    loaded = TransformersEngine.from_folder(models / DEFAULT_MODEL)
    yield loaded
    loaded.close()


def text(engine: TransformersEngine, **changes) -> str:
    return "".join(chunk.text for chunk in engine.stream(request("x", "transformers", **changes)))


def test_it_names_its_device_and_answers(cuda: TransformersEngine):
    assert cuda.device == torch.cuda.get_device_name()
    assert "Paris" in text(cuda, temperature=0, messages=QUESTION, max_new_tokens=20)


@pytest.mark.parametrize(("temperature", "top_p"), [(0, 1), (1, 1), (2, 0.5), (1e-9, 0.9), (0.7, 1e-6)])
def test_every_setting_of_a_request_is_harmless(cuda: TransformersEngine, temperature: float, top_p: float):
    assert text(cuda, temperature=temperature, top_p=top_p, messages=QUESTION, max_new_tokens=10)


def test_settings_of_neighbours_do_not_mix(cuda: TransformersEngine):
    told: dict[int, str] = {}

    def ask(number: int) -> None:
        told[number] = text(cuda, temperature=2 * (number % 2), top_p=1, messages=QUESTION, max_new_tokens=20)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert all("Paris" in told[number] for number in range(0, 32, 2)), "greedy ones stay greedy"
    assert len({told[number] for number in range(1, 32, 2)}) > 8, "hot ones stay hot"


def test_it_refuses_what_can_never_fit(cuda: TransformersEngine):
    with pytest.raises(EngineError, match="too long by"):
        text(cuda, max_new_tokens=100_000)


def test_cancelling_frees_the_slot(cuda: TransformersEngine):
    for _ in range(100):
        chunks = cuda.stream(request("x", "transformers", messages=QUESTION, max_new_tokens=4000))
        while not next(chunks).text:
            pass
        chunks.close()
    assert text(cuda, messages=QUESTION, max_new_tokens=5)
