"""How fast a reward model is trained and tested here, beside TRL's plain recipe, and how often both are right.

    python -m tests.benchmarks.bench_rewards

On real comparisons (../shared/data), those of helpfulness with one turn and those of safety with several: each recipe
trains a model on some and tests it on others. Both begin as the default model, and get the same pairs, in steps of
the same size (eight, or as few as make twenty steps), at the same learning rate. The plain one is TRL's RewardTrainer,
with nothing said but that, from rows to a model in a folder; ours is what a training worker does, from the files of a
snapshot to a model in the store, and to rewards in a file. Both are measured in this process, one after the other: on
the clock, and in seconds of the processors, which others at work here touch less.
"""

import argparse
import gzip
import json
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from tests.errands import Told

ABOVE = Path(__file__).resolve().parents[3:]  # the repository is in the first of them
BESIDE = Path("shared", "data")
DATA = next((folder / BESIDE for folder in ABOVE if (folder / BESIDE).is_dir()), ABOVE[0] / BESIDE)
FILES = {"helpfulness": "alpaca-eval-helpful-dev.jsonl.gz", "safety": "hh-harmless-dev.jsonl.gz"}
STEP_PAIRS, LEARNING_RATE = 8, 1e-4  # TRL's
LONGEST = 3000  # characters of a dialogue; TRL leaves out what is longer than 1,024 tokens
TWICE = 2.0
Pair = Mapping[str, Any]
Measured = dict[str, tuple[float, float]]  # by what was done: seconds on the clock, and of the processors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--axis", choices=list(FILES), action="append", help="of both; default: both")
    parser.add_argument("--pairs", type=int, default=160, help="to train on, of an axis")
    parser.add_argument("--tests", type=int, default=160)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        ready(Path(folder))
        slow = [axis for axis in args.axis or FILES if not compared(axis, args, Path(folder))]
    if slow:
        sys.exit(f"Less than {TWICE:g} times as fast: {', '.join(slow)}.")


def compared(axis: str, args: argparse.Namespace, folder: Path) -> bool:
    """Whether ours trains twice as fast."""
    train, tests = drawn(args.data / FILES[axis], args)
    plain, plain_right = by_trl(train, tests, folder, args.seed)
    ours, ours_right = by_worker(axis, train, tests, folder, args.seed)
    print(f"{axis}: {len(train)} pairs trained on, {len(tests)} tested with")
    for what, count in (("train", len(train)), ("test", len(tests))):
        of_both = (plain[what], ours[what])
        clock, busy = ([count / seconds[place] for seconds in of_both] for place in (0, 1))
        ratios = f"{clock[1] / clock[0]:.2f} times on the clock, {busy[1] / busy[0]:.2f} by the processors"
        print(f"  {what:5}  TRL {clock[0]:.2f} pairs/s, ours {clock[1]:.2f}: {ratios}")
    print(f"  right  TRL {share(plain_right)}, ours {share(ours_right)}; {difference(plain_right, ours_right)}")
    return plain["train"][1] / ours["train"][1] >= TWICE


def drawn(place: Path, args: argparse.Namespace) -> tuple[list[Pair], list[Pair]]:
    """No prompt on both sides."""
    with gzip.open(place, "rt") as lines:
        rows = [row for row in sides(map(json.loads, lines)) if max(map(length, row.values())) <= LONGEST]
    by_root: dict[str, list[Pair]] = {}
    for row in rows:
        by_root.setdefault(row["chosen"][0]["content"], []).append(row)
    roots = random.Random(args.seed).sample(sorted(by_root), len(by_root))
    whole = [row for root in roots for row in by_root[root]]
    tests = {id(row) for row in whole[-args.tests :]}
    held = {row["chosen"][0]["content"] for row in whole if id(row) in tests}
    train = [row for row in whole if row["chosen"][0]["content"] not in held]
    return train[: args.pairs], whole[-args.tests :]


def ready(folder: Path) -> None:
    """The default model, below the first of MODEL_FOLDERS if that is set, and a store."""
    from models_runtime.checkpoints import install_default
    from models_runtime.model_folders import folders

    os.environ.setdefault("MODEL_FOLDERS", str(folder / "models"))
    os.environ["ARTIFACT_URL"] = str(folder / "artifacts")
    install_default(folders()[0])


@contextmanager
def measuring(found: Measured, what: str) -> Iterator[None]:
    clock, busy = time.perf_counter(), time.process_time()
    yield
    found[what] = (time.perf_counter() - clock, time.process_time() - busy)


def by_trl(train: Sequence[Pair], tests: Sequence[Pair], folder: Path, seed: int) -> tuple[Measured, list[bool]]:
    """As its documentation begins: a model's name, rows, and what is to be trained how much."""
    import torch
    from datasets import Dataset
    from trl import RewardConfig, RewardTrainer

    from models_runtime.checkpoints import DEFAULT_MODEL
    from models_runtime.model_folders import folders
    from models_runtime.reward_training import STEPS

    arguments = RewardConfig(
        output_dir=str(folder / "trl"),
        per_device_train_batch_size=max(1, min(STEP_PAIRS, len(train) // STEPS)),
        num_train_epochs=1,
        seed=seed,
        report_to=[],
        save_strategy="no",
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
    )
    found: Measured = {}
    with measuring(found, "train"):
        trainer = RewardTrainer(
            model=str(folders()[0] / DEFAULT_MODEL),
            args=arguments,
            train_dataset=Dataset.from_list(sides(train)),
            eval_dataset=Dataset.from_list(sides(tests)),
        )
        trainer.train()
        trainer.save_model()
    right: list[bool] = []
    with measuring(found, "test"), torch.no_grad():
        for batch in trainer.get_eval_dataloader():
            _, outputs = trainer.compute_loss(trainer.model.eval(), batch, return_outputs=True)
            chosen, rejected = outputs.logits.squeeze(-1).chunk(2)
            right += (chosen > rejected).tolist()
    return found, right


def by_worker(
    axis: str, train: Sequence[Pair], tests: Sequence[Pair], folder: Path, seed: int
) -> tuple[Measured, list[bool]]:
    from models_runtime import reward_training
    from models_runtime.artifacts import artifacts
    from models_runtime.reward_scoring import score_rows

    store = artifacts()
    request = to_train(axis, snapshot(axis, train, folder), seed)
    found: Measured = {}
    with measuring(found, "train"):
        made = reward_training.train(Told(request["run"]), request)
    rows = "".join(json.dumps(asked(number, row)) + "\n" for number, row in enumerate(tests))
    (folder / "rows").write_text(rows)
    told = {"run": request["run"], "checkpoint": made["artifact"], "rows": store.add(folder / "rows")}
    with measuring(found, "test"):
        scored = score_rows(Told(request["run"]), told)
    said = {one["id"]: one["rewards"] for one in map(json.loads, store.read(scored["rewards"]).splitlines())}
    return found, [said[str(number)][0] > said[str(number)][1] for number in range(len(tests))]


def snapshot(axis: str, train: Sequence[Pair], folder: Path) -> str:
    from models_runtime.artifacts import artifacts

    store = artifacts()
    (folder / "rows").write_text("".join(json.dumps(row) + "\n" for row in sides(train)))
    about = {"config": axis, "axis": axis, "split": "train", "format": "jsonl"}
    (folder / "manifest").write_text(json.dumps({"files": [{**about, "sha256": store.add(folder / "rows")}]}))
    return store.add(folder / "manifest")


def to_train(axis: str, manifest: str, seed: int) -> dict[str, Any]:
    from models_runtime.checkpoints import DEFAULT_MODEL
    from models_runtime.engine import spec_hash

    spec = {"engine": "transformers", "source": DEFAULT_MODEL, "sha256": "", "system_prompt": ""}
    wanted = {
        **{"margin": "none", "loss": "hard", "safety_weight": 0.0, "mix": 0.0, "epochs": 1.0, "lora_rank": None},
        **{"learning_rate": LEARNING_RATE, "batch_pairs": STEP_PAIRS, "max_length": 1024, "seed": seed},
    }
    own = {"manifest": manifest, "axis": axis, "config": axis, "margins": []}
    about = {"base": {**spec, "hash": spec_hash(spec)}, "own": own, "others": [], "wanted": wanted}
    return {"run": str(uuid4()), "attempt": 1, "receipt": "", **about}


def asked(number: int, row: Pair) -> dict[str, Any]:
    responses = [row[side][-1]["content"] for side in ("chosen", "rejected")]
    return {"id": str(number), "context": row["chosen"][:-1], "responses": responses}


def sides(rows: Iterable[Pair]) -> list[dict[str, Any]]:
    return [{side: row[side] for side in ("chosen", "rejected")} for row in rows]


def length(dialogue: Sequence[Mapping[str, str]]) -> int:
    return sum(len(message["content"]) for message in dialogue)


def share(right: Sequence[bool]) -> str:
    mean = sum(right) / len(right)
    return f"{mean:.1%} ± {196 * (mean * (1 - mean) / len(right)) ** 0.5:.1f}"


def difference(plain: Sequence[bool], ours: Sequence[bool]) -> str:
    """Of two recipes on the same pairs."""
    each = [ours_ - plain_ for plain_, ours_ in zip(plain, ours, strict=True)]
    mean = sum(each) / len(each)
    error = (sum((one - mean) ** 2 for one in each) / len(each) ** 2) ** 0.5
    return f"ours {100 * mean:+.1f} ± {196 * error:.1f} points"


if __name__ == "__main__":
    main()
