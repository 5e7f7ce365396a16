"""What a quick reward model is worth on real comparisons, and what it takes: beside length alone and chance.

    python -m tests.benchmarks.bench_quick_rewards --data FOLDER

FOLDER holds comparisons as HH-RLHF writes them: hh-harmless-dev.jsonl.gz (safety, by people) and
alpaca-eval-helpful-dev.jsonl.gz (helpfulness, by GPT-4). The encoder reads them as the worker does, by the default
model, 32 at a time. Then a head is fitted to four fifths of the prompts, and tested on the last fifth, five times, so
that each comparison is tested once by a head that has not seen its prompt; the prior's strength is chosen inside the
four fifths. On the other set, all of it is tested by a head that was fitted to all of its own. Intervals are 95 % of a
bootstrap over prompts. `--features FILE` keeps what was encoded, or takes what another run kept.
"""

import argparse
import gzip
import json
import random
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from labeling.rewards import head
from labeling.rewards.head import Floats, Preferences
from tests.benchmarks.bench_rewards import DATA, FILES

AT_ONCE = 32  # comparisons in one request, as the web side asks
DRAWS = 2000
ALIKE = 1.1  # times as long, up to which two responses are of about the same length
FEW, TESTED = 900, 400  # of one more split, for a reward model from few comparisons


@dataclass(frozen=True)
class Compared:
    """Which of two is preferred is drawn anew, so that the order of a file tells nothing."""

    preferences: Preferences
    longer: Floats  # (n,) how often the length of the second is to be doubled for that of the first

    def __len__(self) -> int:
        return len(self.longer)

    def among(self, chosen: Any) -> "Compared":
        return Compared(head.of(self.preferences, chosen), self.longer[chosen])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--pairs", type=int, help="of each set, drawn at random; all, unless you say")
    parser.add_argument("--features", type=Path, metavar="FILE", help="an .npz of what was encoded")
    args = parser.parse_args()
    rows = {axis: drawn(read(args.data / name), args.pairs) for axis, name in FILES.items()}
    states = kept(args.features) if args.features and args.features.exists() else encoded(rows)
    if args.features and not args.features.exists():
        np.savez(args.features, **states)
    sets = {axis: compared(rows[axis], states[axis]) for axis in FILES}
    for axis, own in sets.items():
        other = next(name for name in FILES if name != axis)
        print(f"\n{axis}: {len(own)} comparisons of {len(np.unique(own.preferences.root))} prompts")
        on_own(own)
        on_other(own, sets[other], other)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nMemory at most: {peak:,.0f} MB")


def read(place: Path) -> list[dict[str, Any]]:
    with gzip.open(place, "rt") as lines:
        return [json.loads(line) for line in lines]


def drawn(rows: list[dict[str, Any]], most: int | None) -> list[dict[str, Any]]:
    random.Random(0).shuffle(rows)
    return rows[:most]


def kept(place: Path) -> dict[str, Any]:
    with np.load(place) as file:
        return dict(file)


def encoded(rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """(n, 2, d) of the chosen and the rejected response, in half precision, as artifacts keep them."""
    from models_runtime.checkpoints import install_default
    from models_runtime.encoding import FEATURES, Encoder
    from models_runtime.model_folders import folders

    install_default(folders()[0], say=print)
    encoder = Encoder.from_source()
    print(f"Encoder {encoder.sha256}")
    found = {}
    for axis, some in rows.items():
        parts, tokens, seconds = [], 0, 0.0
        for request in requests(some):
            one = encoder.encode(request)
            parts.append(np.concatenate([one.states[name].half().numpy() for name in FEATURES], axis=2))
            tokens, seconds = tokens + one.tokens, seconds + one.seconds
            if len(parts) % 10 == 0:
                print(f"  {AT_ONCE * len(parts)} of {len(some)}, {tokens / seconds:,.0f} tokens/s", flush=True)
        found[axis] = np.concatenate(parts)
        speed = f"{len(some) / seconds:.1f} comparisons/s, {tokens / seconds:,.0f} tokens/s"
        print(f"{axis}: {len(some)} encoded in {seconds:.0f} s: {speed}, {tokens / len(some):.0f} tokens each")
    return found


def requests(rows: list[dict[str, Any]]) -> Iterator[list[Any]]:
    from models_runtime.encoding import Pair

    pairs = [
        Pair(str(UUID(int=number)), row["chosen"][:-1], row["chosen"][-1]["content"], row["rejected"][-1]["content"])
        for number, row in enumerate(rows)
    ]
    for begin in range(0, len(pairs), AT_ONCE):
        yield pairs[begin : begin + AT_ONCE]


def compared(rows: list[dict[str, Any]], states: Any) -> Compared:
    first = np.random.default_rng(0).random(len(rows)) < 0.5
    lengths = [[len(row[side][-1]["content"]) for side in ("chosen", "rejected")] for row in rows]
    longer = -np.diff(np.log2(np.maximum(lengths, 1)), axis=1)[:, 0]
    prompts = [row["chosen"][0]["content"] for row in rows]
    root = np.unique(prompts, return_inverse=True)[1]
    features = np.where(first[:, None, None], states, states[:, ::-1])
    preferences = Preferences(features, first.astype(float), np.ones(len(rows)), root)
    return Compared(preferences, np.where(first, longer, -longer))


def on_own(own: Compared) -> None:
    """Each comparison by a head that has not seen its prompt."""
    folds = head.folded(own.preferences.root, seed=1)
    difference, spread, length = (np.zeros(len(own)) for _ in range(3))
    began = time.monotonic()
    for number in range(head.FOLDS):
        seen, hidden = own.among(folds != number), folds == number
        fitted = head.fit(seen.preferences, head.choose(seen.preferences).strength)
        features = own.preferences.features[hidden]
        difference[hidden] = np.subtract(*fitted.rewards(features).T)
        spread[hidden] = fitted.spread(features)
        length[hidden] = own.longer[hidden] * better_sign(seen)
    seconds = (time.monotonic() - began) / head.FOLDS
    say("quick reward model", own, difference)
    say("length alone", own, length)
    print(f"  {'chance':28} 50.0 %")
    surer = spread / np.maximum(np.abs(difference), 1e-9) < np.median(spread / np.maximum(np.abs(difference), 1e-9))
    say("the half it is surer of", own.among(surer), difference[surer])
    alike = np.abs(own.longer) <= np.log2(ALIKE)
    say("where lengths are alike", own.among(alike), difference[alike])
    plain, drawn_in = head.sigmoid(difference), head.moderated(difference, spread)
    for name, probability in (("as the weights say", plain), ("as it is unsure of them", drawn_in)):
        print(f"  log loss, {name}: {loss(own, probability):.4f} nats (chance {np.log(2):.4f})")
    print(f"  strength chosen and head fitted in {seconds:.1f} s")
    few(own)


def few(own: Compared) -> None:
    """Of one more split by prompt."""
    roots = np.random.default_rng(2).permutation(own.preferences.root.max() + 1)
    order = np.argsort(roots[own.preferences.root], kind="stable")
    tested = own.among(order[-TESTED:])
    left = [row for row in order if own.preferences.root[row] not in tested.preferences.root]
    trained = own.among(left[:FEW])
    began = time.monotonic()
    fitted = head.fit(trained.preferences, head.choose(trained.preferences).strength)
    took = time.monotonic() - began
    difference = np.subtract(*fitted.rewards(tested.preferences.features).T)
    say(f"of {len(trained)} others, in {took:.1f} s", tested, difference)


def on_other(own: Compared, other: Compared, name: str) -> None:
    fitted = head.fit(own.preferences, head.choose(own.preferences).strength)
    say(f"on {name}", other, np.subtract(*fitted.rewards(other.preferences.features).T))
    say(f"its length alone, on {name}", other, other.longer * better_sign(own))


def better_sign(seen: Compared) -> float:
    """1 if the longer one is preferred more often, else −1."""
    return 1.0 if accuracy(seen, seen.longer).mean() >= 0.5 else -1.0


def accuracy(of: Compared, difference: Floats) -> Floats:
    """(n,) 1 where it is right, ½ where it has no opinion."""
    preferred = np.where(of.preferences.share > 0.5, 1, -1)
    return np.asarray(0.5 * (1 + np.sign(difference) * preferred))


def loss(of: Compared, first_better: Floats) -> float:
    right = np.where(of.preferences.share > 0.5, first_better, 1 - first_better)
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def say(what: str, of: Compared, difference: Floats) -> None:
    """With its interval: prompts are drawn, and with each all its comparisons."""
    right = accuracy(of, difference)
    _, root = np.unique(of.preferences.root, return_inverse=True)
    sums, counts = np.bincount(root, right), np.bincount(root)
    times = np.random.default_rng(0).integers(0, len(sums), (DRAWS, len(sums)))
    low, high = np.quantile(sums[times].sum(1) / counts[times].sum(1), [0.025, 0.975])
    print(f"  {what:28} {right.mean():.1%} ({low:.1%} to {high:.1%}), {len(of)} comparisons", flush=True)


if __name__ == "__main__":
    main()
