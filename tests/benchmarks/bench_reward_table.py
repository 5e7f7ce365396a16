"""How often trained reward models are right on real comparisons: both models on both sets, as in Llama 2's table 8.

    python -m tests.benchmarks.bench_reward_table

All comparisons of ../shared/data, in five folds by their first prompts. For each fold and axis a reward model is
trained on the other four, as a training worker does it, and scores this fold of its own set and of the other one. So
each comparison is judged once by a model of each axis, and by none that has seen its prompt. Intervals are 95 % of a
bootstrap over prompts. It wants a GPU: on two cores it would take most of a day.
"""

import argparse
import json
import resource
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from labeling.rewards.head import FOLDS, Floats, Preferences, folded
from tests.benchmarks.bench_quick_rewards import ALIKE, Compared, better_sign, read, say
from tests.benchmarks.bench_rewards import DATA, FILES, Measured, asked, measuring, ready, snapshot, to_train
from tests.errands import Told

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--pairs", type=int, help="of each set; all, unless you say")
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--batch-pairs", type=int, default=16)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--lora-rank", type=int)
    parser.add_argument("--folds", type=int, default=FOLDS, help="how many of the five; default: all")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rows = {axis: read(args.data / name)[: args.pairs] for axis, name in FILES.items()}
    sets = {axis: compared(some) for axis, some in rows.items()}
    folds = {axis: folded(own.preferences.root, seed=1) for axis, own in sets.items()}
    better = {model: {axis: np.full(len(rows[axis]), np.nan) for axis in FILES} for model in FILES}
    with TemporaryDirectory() as place:
        ready(Path(place))
        for model in FILES:
            numbers = range(args.folds)
            taken = [of_fold(model, number, rows, folds, better[model], Path(place), args) for number in numbers]
            print(f"{model}: {speeds(taken)}", flush=True)
    print(f"learning rate {args.learning_rate:g}, {args.batch_pairs} pairs a step, {args.epochs:g} epochs")
    for axis, own in sets.items():
        asked_of = folds[axis] < args.folds
        tell(axis, own.among(asked_of), {model: better[model][axis][asked_of] for model in FILES})
    print(memory())


def compared(rows: Sequence[Mapping[str, Any]]) -> Compared:
    """The chosen one first. No features: what judges here has read the texts."""
    lengths = [[len(row[side][-1]["content"]) for side in ("chosen", "rejected")] for row in rows]
    longer = -np.diff(np.log2(np.maximum(lengths, 1)), axis=1)[:, 0]
    root = np.unique([row["chosen"][0]["content"] for row in rows], return_inverse=True)[1]
    ones = np.ones(len(rows))
    return Compared(Preferences(np.zeros((len(rows), 2, 1)), ones, ones, root), longer)


def of_fold(
    model: str,
    number: int,
    rows: Rows,
    folds: Mapping[str, Any],
    better: Mapping[str, Floats],
    folder: Path,
    args: argparse.Namespace,
) -> tuple[int, int, Measured]:
    """Trains, and writes into `better` by how much the chosen response is. How many pairs it read, and how long."""
    from models_runtime import reward_training
    from models_runtime.artifacts import artifacts
    from models_runtime.reward_scoring import score_rows

    seen = [row for row, fold in zip(rows[model], folds[model], strict=True) if fold != number]
    request = to_train(model, snapshot(model, seen, folder), args.seed)
    wanted = {name: getattr(args, name) for name in ("learning_rate", "batch_pairs", "epochs", "lora_rank")}
    request["wanted"] |= {**wanted, "max_length": 2048}
    found: Measured = {}
    with measuring(found, "train"):
        made = reward_training.train(Told(request["run"]), request)
    hidden = [(axis, place) for axis in FILES for place in np.flatnonzero(folds[axis] == number)]
    lines = [{**asked(0, rows[axis][place]), "id": f"{axis} {place}"} for axis, place in hidden]
    (folder / "asked").write_text("".join(json.dumps(line) + "\n" for line in lines))
    store = artifacts()
    told = {"run": request["run"], "checkpoint": made["artifact"], "rows": store.add(folder / "asked")}
    with measuring(found, "test"):
        scored = score_rows(Told(request["run"]), told)
    for said in map(json.loads, store.read(scored["rewards"]).splitlines()):
        axis, place = said["id"].split()
        better[axis][int(place)] = said["rewards"][0] - said["rewards"][1]
    return made["pairs"], len(lines), found


def speeds(taken: Sequence[tuple[int, int, Measured]]) -> str:
    """Loading, writing and checking of files included."""
    parts = []
    for place, what in enumerate(("train", "test")):
        pairs, seconds = sum(one[place] for one in taken), sum(one[2][what][0] for one in taken)
        parts.append(f"{what} {pairs / seconds:.1f} pairs/s ({pairs} in {seconds:.0f} s)")
    return ", ".join(parts)


def tell(axis: str, own: Compared, better: Mapping[str, Floats]) -> None:
    print(f"\n{axis}: {len(own)} comparisons of {len(np.unique(own.preferences.root))} prompts")
    for model, difference in better.items():
        known = ~np.isnan(difference)
        if not known.all():
            print(f"  {(~known).sum()} were too long for the model")
        say(f"the {model} model", own.among(known), difference[known])
        alike = known & (np.abs(own.longer) <= np.log2(ALIKE))
        say("  where lengths are alike", own.among(alike), difference[alike])
    say("length alone", own, own.longer * better_sign(own))


def memory() -> str:
    import torch

    here = f"\nMemory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"
    if not torch.cuda.is_available():
        return here
    return f"{here}; {torch.cuda.max_memory_allocated() / 2**20:,.0f} MB of {torch.cuda.get_device_name()}"


if __name__ == "__main__":
    main()
