"""Against a real `transformers serve` with the default model on the CPU; about 20 seconds.

Its own requirements are not this project's: `pip install transformers[serving]` lets these tests run.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import httpx2
import pytest
from openai_harness import asking
from runtime_harness import request, until

from models_runtime.checkpoints import DEFAULT_MODEL
from models_runtime.engine import EngineError
from models_runtime.openai_engine import OpenAIEngine
from models_runtime.openai_servers import Server
from tests.processes import free_port

pytestmark = pytest.mark.skipif(
    not all(find_spec(name) for name in ("fastapi", "uvicorn", "openai", "pydantic")),
    reason="needs transformers[serving]",
)
FRANCE = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def base(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = str(free_port())
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(models / DEFAULT_MODEL)]
    log = tmp_path_factory.mktemp("serve") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--device", "cpu", "--host", "127.0.0.1", "--port", port],
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: process.poll() is not None or healthy(port))
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def served(base: str, models: Path) -> Iterator[OpenAIEngine]:
    engine = OpenAIEngine(Server(base, str(models / DEFAULT_MODEL)))
    yield engine
    engine.close()


def healthy(port: str) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
    except httpx2.TransportError:
        return False


def test_it_answers(served: OpenAIEngine):
    chunks = list(served.stream(request(messages=FRANCE, temperature=0, max_new_tokens=20)))
    assert "Paris" in "".join(chunk.text for chunk in chunks)
    assert len([chunk for chunk in chunks if chunk.text]) > 3
    assert chunks[-1].finish is not None
    assert chunks[-1].finish.reason == "stop"
    assert chunks[-1].finish.prompt_tokens > 10


def test_it_stops_at_the_limit_and_repeats_a_draw(served: OpenAIEngine):
    first, second = (list(served.stream(request(messages=FRANCE, max_new_tokens=6, seed=5))) for _ in range(2))
    assert (first[-1].finish.reason, first[-1].finish.completion_tokens) == ("length", 6)
    assert "".join(chunk.text for chunk in first) == "".join(chunk.text for chunk in second)


def test_a_cancelled_text_makes_room(served: OpenAIEngine):
    """The server generates one text at a time here, so that this one would keep the next waiting for minutes."""
    with closing(served.stream(request(max_new_tokens=4000, messages=FRANCE, temperature=2))) as chunks:
        assert next(chunk for chunk in chunks if chunk.text)
    assert list(served.stream(request(messages=FRANCE, max_new_tokens=2)))[-1].finish is not None


def test_it_passes_on_what_the_server_refuses(base: str):
    with asking(base) as engine, pytest.raises(EngineError, match="my-model") as caught:
        list(engine.stream(request()))
    assert caught.value.permanent
