"""How often the annotator model finds the right answer, beside simpler ways, and whose faults it finds.

    python -m tests.benchmarks.simulate_quality

Simulated annotators of known faults judge comparisons of known answers. The same pools go to every way of finding the
answers, so differences are paired, by seed; a tie counts half for each of them. No answer is known to any of them but
where it says so.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from scipy.stats import t as student

from labeling.quality.annotator_model import Estimate, Judgements, estimate
from labeling.quality.calibration import by_chance, calibration_error, error, steps
from labeling.quality.model_evidence import foreseen, found
from tests.benchmarks.plain_votes import dawid_skene, majority, right, single
from tests.benchmarks.recalibration import held_out, recalibrated, sharpness
from tests.benchmarks.simulated_annotators import FAULTS, SUBJECTS, Pool, mute, pool, told

SHARES = (1.0, 0.95, 0.8, 0.6, 0.4)
FIRST_SEED = 2000  # the model was made with seeds from 100 to 123, and seen at 1000 to 1011
KNOWN = 100
WAYS = {"single": single, "majority": majority, "Dawid-Skene": dawid_skene}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--comparisons", type=int, default=1500)
    parser.add_argument("--people", type=int, default=40)
    args = parser.parse_args()
    began = time.perf_counter()
    for title, overlapped in (
        ("Every comparison judged by three", 1.0),
        ("15 % judged by three, the rest by one", 0.15),
    ):
        print(f"\n## {title}: {args.seeds} seeds, {args.comparisons} comparisons, {args.people} people")
        pools = {share: list(drawn(args, share, overlapped)) for share in SHARES}
        estimates = {share: [estimate(one.judgements) for one in pools[share]] for share in SHARES}
        show_answers(pools, estimates)
        show_calibration(pools)
        show_people(pools, estimates)
    print(f"\n{time.perf_counter() - began:.0f} s")


def drawn(args: argparse.Namespace, share: float, overlapped: float) -> Iterable[Pool]:
    for seed in range(FIRST_SEED, FIRST_SEED + args.seeds):
        yield pool(seed, share, args.comparisons, args.people, overlapped)


def show_answers(pools: dict[float, list[Pool]], estimates: dict[float, list[Estimate]]) -> None:
    print(
        "\nRight answers in %, and points more than the majority with 95 % intervals over seeds; the last column is the"
    )
    print("model's points where degrees are drawn at random.\n")
    print(
        "| good | single | majority | Dawid-Skene | model | D.-S. over majority | model over majority | lowest | mute |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for share, of_share in pools.items():
        figures = {name: [accuracy(way(one.judgements), one) for one in of_share] for name, way in WAYS.items()}
        figures["model"] = [
            accuracy(one.first_better, its) for one, its in zip(estimates[share], of_share, strict=True)
        ]
        muted = [(mute(one.judgements, seed), one) for seed, one in enumerate(of_share)]
        without = [accuracy(estimate(said).first_better, one) for said, one in muted]
        base = np.array(figures["majority"])
        means = " | ".join(f"{np.mean(values):.1f}" for values in figures.values())
        model = np.array(figures["model"]) - base
        plain = interval(np.array(figures["Dawid-Skene"]) - base)
        row = f"{plain} | {interval(model)} | {model.min():+.2f} | {interval(np.array(without) - base)}"
        print(f"| {share:.0%} | {means} | {row} |", flush=True)


def accuracy(first_better: np.ndarray, pool: Pool) -> float:
    return 100 * float(right(first_better, pool.answer).mean())


def interval(differences: np.ndarray) -> str:
    reach = student.ppf(0.975, len(differences) - 1) * differences.std(ddof=1) / np.sqrt(len(differences))
    return f"{differences.mean():+.2f} ± {reach:.2f}"


def show_calibration(pools: dict[float, list[Pool]]) -> None:
    print(
        f"\nExpected calibration error in points, where {KNOWN} answers are known, on the others. Perfect: what is left"
    )
    print("of it by chance where every answer is drawn as the model says. Foreseen: of what people choose, by what the")
    print("others said, which needs no known answer and stands on the model's page; and what chance leaves of that.\n")
    print("| good | Dawid-Skene | model | perfect | recalibrated, drawn at random | plain | foreseen | by chance |")
    print("|---|---|---|---|---|---|---|---|")
    for share, of_share in pools.items():
        rows = [errors(one, seed) for seed, one in enumerate(of_share)]
        print(
            f"| {share:.0%} | " + " | ".join(f"{100 * value:.1f}" for value in np.mean(rows, axis=0)) + " |", flush=True
        )


def errors(pool: Pool, seed: int) -> list[float]:
    row = [calibration_error(dawid_skene(pool.judgements), pool.answer)]
    for easy in (False, True):
        judgements = told(pool, KNOWN, easy, seed)
        known = judgements.known != 0
        said = estimate(judgements).first_better[~known]
        by = sharpness(held_out(judgements)[known], pool.answer[known])
        if not easy:
            as_said = np.where(np.random.default_rng(seed).random(len(said)) < said, 1, -1)
            row += [calibration_error(said, pool.answer[~known]), calibration_error(said, as_said)]
        row.append(calibration_error(recalibrated(said, by), pool.answer[~known]))
    foresaw = steps(*foreseen(pool.judgements, estimate(pool.judgements)))
    return [*row, error(foresaw), by_chance(foresaw)]


def show_people(pools: dict[float, list[Pool]], estimates: dict[float, list[Estimate]]) -> None:
    print("\nOf those who are so, in %, of all pools together: of whom what is found.\n")
    print("| who | people | guesses | one-sided | by length | tires | any of these | another view |")
    print("|---|---|---|---|---|---|---|---|")
    rows: dict[str, list[tuple[bool, ...]]] = defaultdict(list)
    for share, of_share in pools.items():
        for one, its in zip(of_share, estimates[share], strict=True):
            for annotator, row in zip(one.annotators, flags(one.judgements, its, one), strict=True):
                rows[annotator.kind].append(row)
    for kind in ("good", *FAULTS):
        shown = " | ".join(f"{100 * value:.1f}" for value in np.mean(rows[kind], axis=0))
        print(f"| {kind} | {len(rows[kind])} | {shown} |", flush=True)


def flags(judgements: Judgements, its: Estimate, pool: Pool) -> list[tuple[bool, ...]]:
    seen = found(judgements, its, pool.subject, SUBJECTS, pool.late)
    columns = (seen.guesses, seen.one_sided, seen.by_length, seen.tires, seen.faulty, seen.dissents.any(axis=1))
    return list(zip(*columns, strict=True))


if __name__ == "__main__":
    main()
