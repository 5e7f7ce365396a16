"""Preferences that a tiny model can learn, in a store of files, and requests to train on them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from runtime_harness import REPOSITORY, Valkey, Web, until

from models_runtime.artifacts import Artifacts
from models_runtime.engine import spec_hash

PATIENCE = 300.0  # seconds; torch and TRL take a minute to import on a machine that is busy
QUESTION = [{"role": "user", "content": "Is 7 more?"}]
WANTED = {
    **{"margin": "none", "loss": "hard", "safety_weight": 0.0, "mix": 0.0, "epochs": 1.0, "learning_rate": 1e-2},
    **{"batch_pairs": 4, "max_length": 256, "lora_rank": None, "seed": 7},
}


def line(random: Random, axis: str) -> dict[str, Any]:
    """The better response is the one that says "yes"."""
    prompt = {"role": "user", "content": f"Is {random.randrange(100)} more?"}
    texts = {"chosen": f"yes, {random.randrange(1000)}", "rejected": f"no, {random.randrange(1000)}"}
    row = {side: [prompt, {"role": "assistant", "content": text}] for side, text in texts.items()}
    labels = {"chosen_safe": True, "rejected_safe": False} if axis == "safety" else {}
    return {**row, "margin": random.choice([1.0, 2 / 3, 1 / 3, 0.0]), **labels}


def snapshot(store: Artifacts, folder: Path, pairs: int, axis: str = "helpfulness", seed: int = 0) -> str:
    """The manifest of one with so many pairs to train on."""
    random, place = Random(seed), folder / f"{axis}-{seed}.jsonl"
    place.write_text("".join(json.dumps(line(random, axis)) + "\n" for _ in range(pairs)))
    entry = {"config": axis, "axis": axis, "split": "train", "format": "jsonl", "sha256": store.add(place)}
    (folder / "manifest").write_text(json.dumps({"files": [entry]}))
    return store.add(folder / "manifest")


def source(manifest: str, axis: str = "helpfulness") -> dict[str, Any]:
    return {"manifest": manifest, "axis": axis, "config": axis, "margins": []}


def to_train(manifest: str, axis: str = "helpfulness", base: str = "model", **wanted: Any) -> dict[str, Any]:
    """A request as the web side writes it; `wanted` are changes."""
    spec = {"engine": "transformers", "source": base, "sha256": "", "system_prompt": ""}
    ticket = {"run": str(uuid4()), "attempt": 1, "receipt": "signed"}
    about = {"base": {**spec, "hash": spec_hash(spec)}, "own": source(manifest, axis), "others": []}
    return {**ticket, **about, "wanted": {**WANTED, **wanted}}


def to_score(store: Artifacts, folder: Path, checkpoint: str, responses: list[list[str]]) -> dict[str, Any]:
    """Each of the lists answers a question of its own."""
    place = folder / "rows"
    rows = [{"id": str(number), "context": QUESTION, "responses": texts} for number, texts in enumerate(responses)]
    place.write_text("".join(json.dumps(row) + "\n" for row in [{"run": "x", "attempt": 1}, *rows]))
    ticket = {"run": str(uuid4()), "attempt": 1, "receipt": "signed"}
    return {**ticket, "checkpoint": checkpoint, "rows": store.add(place)}


def to_ask(models: dict[str, str], *responses: list[str]) -> dict[str, Any]:
    """What the models say of each of the lists, which answer a question of their own."""
    ticket = {"run": str(uuid4()), "attempt": 1, "receipt": "signed"}
    return {**ticket, "models": models, "lines": [{"context": QUESTION, "responses": texts} for texts in responses]}


class Asking(Web):
    """The web side's end of the queues of a training worker."""

    def ask(self, body: object, task: str = "train", queue: str = "training") -> None:
        self.app.send_task(f"models_runtime.{task}", kwargs={"request": body}, queue=queue)

    def told(self, run: str, name: str, attempt: int = 1) -> list[dict[str, Any]]:
        """The receipts of this name that have arrived."""
        self._drain()
        mine = [fields for said, fields in self._read if said == name and fields.get("run") == run]
        return [fields for fields in mine if fields["attempt"] == attempt]

    def await_(self, run: str, name: str, attempt: int = 1) -> dict[str, Any]:
        found: list[dict[str, Any]] = until(lambda: self.told(run, name, attempt))
        return found[0]

    def steps(self, run: str, attempt: int = 1) -> list[int]:
        """Of the curve, as it was told."""
        return [point["step"] for said in self.told(run, "run_progress", attempt) for point in said["points"]]


@contextmanager
def training_worker(valkey: Valkey, log: Path, *before: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """As an installation runs it; ready when it has announced itself. `before` is what starts it."""
    command = [*before, sys.executable, "-m", "celery", "-A", "models_runtime.training_worker", "worker"]
    command += ["-n", f"training-{uuid4().hex[:8]}@test", "--pool", "threads", "-c", "1", "-l", "info"]
    names = {"BROKER_URL": valkey.broker, "STREAM_URL": valkey.stream, "OMP_NUM_THREADS": "1", **environment}
    with closing(valkey.client()) as client, log.open("ab") as output:
        client.delete("runtime:training")
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle", "--without-heartbeat"],
            cwd=REPOSITORY,
            env={**os.environ, **names},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            until(lambda: client.exists("runtime:training") or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            yield process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
