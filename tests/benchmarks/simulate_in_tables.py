"""The same simulation through all that a real project has: pairs are claimed from the database, as the page hands them
out, judgements are written where the rule writes them, and the model reads what is there in the end.

    python -m tests.benchmarks.simulate_in_tables

The embedded servers, as `make run` starts them. People come in random order, each takes what the database gives them,
until there is nothing for anybody. The first judgement of each person is recorded by the rule; the others, which differ
from these in nothing but what was said, go in together, since there are 4,500 in a pool. What the model then makes of
the tables must be what it makes of the same judgements that were noted when they were made. As many pools at once as
there are processor cores.
"""

import argparse
import json
import multiprocessing
import os
import time
import uuid
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.installation import installed  # first: the rest belongs to what it sets up

# isort: split
import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from labeling.cohorts.models import Cohort, Person
from labeling.comparisons import leases, overlapping
from labeling.comparisons.models import Assignment, Judgement, Outcome, Overlap, Timing, Verdict
from labeling.home import demo
from labeling.projects.models import Axis, Project, PromptSet, Round
from labeling.quality.annotator_model import Judgements, estimate
from labeling.quality.calibration import calibration_error
from labeling.quality.modelled import concluded, probabilities
from labeling.quality.models import Bearing
from labeling.quality.reading import said_in
from tests.benchmarks.plain_votes import dawid_skene, majority, right, single
from tests.benchmarks.ready_pairs import stock_up
from tests.benchmarks.simulate_quality import interval
from tests.benchmarks.simulated_annotators import FAULTS, SITTING, World, world

LANGUAGES = ("en", "de", "fr", "es")  # one a subject
LETTERS = 400  # of a response, on average
AXIS = Axis.HELPFULNESS
FIRST_SEED = 3000  # the model was made with others
SAID = {"id", "assignment_id", "key", "created_at", "chosen_id", "rejected_id", "degree"}  # differs by what is said
VIEW = "view"
TIMING = Timing(active=30, elapsed=30)


class Pool:
    """A project, its people, and what they said, noted beside the tables."""

    def __init__(self, seed: int, share: float, args: argparse.Namespace) -> None:
        self.rng = np.random.default_rng(seed)
        self.world: World = world(self.rng, share, args.comparisons, args.people)
        self.round = project(f"pool-{seed}-{share:.0%}".rstrip("%"), args.people, self.world)
        self.people = list(Person.objects.filter(memberships__cohort__name=self.round.project.slug).order_by("pk"))
        pairs = self.round.comparisons.select_related("first", "turn").order_by("turn__prompt")
        self.number = {pair.pk: place for place, pair in enumerate(pairs)}
        self.ask(self.rng.random(args.comparisons) < args.overlapped)
        self.noted: list[tuple[int, int, bool, bool, int]] = []

    def ask(self, of_three: np.ndarray) -> None:
        wanted = {pair: 3 if of_three[place] else 1 for pair, place in self.number.items()}
        Overlap.objects.bulk_create(
            Overlap(comparison_id=pair, round=self.round, axis=AXIS, wanted=many, most=many, free=list(range(many)))
            for pair, many in wanted.items()
        )

    def work(self) -> None:
        """Until there is nothing for anybody. Whoever comes, in random order, is given one pair after the other."""
        done, idle = [0] * len(self.people), set[int]()
        while len(idle) < len(self.people):
            with transaction.atomic():
                taken = []
                for one in self.rng.permutation([one for one in range(len(self.people)) if one not in idle]):
                    assignment = leases.claim(self.people[one], self.round, [AXIS])
                    taken += [(int(one), assignment)] if assignment else []
                    idle |= set() if assignment else {int(one)}
                self.judge(taken, done)

    def judge(self, taken: list[tuple[int, Assignment]], done: list[int]) -> None:
        """Each of these people says what they think of theirs."""
        if not taken:
            return
        who = np.array([one for one, _assignment in taken])
        where = np.array([self.number[assignment.comparison_id] for _one, assignment in taken])
        left = np.array([not assignment.swapped for _one, assignment in taken])
        progress = np.array([done[one] % SITTING / SITTING for one in who])
        felt = self.world.perceived(who, where, left, progress, self.rng)
        degrees = self.world.degree(who, felt)
        columns = (who, where, felt > 0, left, degrees)
        self.noted += zip(*(column.tolist() for column in columns), strict=True)
        together = []
        for (one, assignment), first, degree in zip(taken, felt > 0, degrees, strict=True):
            pair = assignment.comparison
            chosen, rejected = (pair.first, pair.second) if first else (pair.second, pair.first)
            said = Verdict(chosen=chosen, rejected=rejected, degree=int(degree))
            if done[one]:
                together.append((assignment, said))
            else:
                overlapping.judge(assignment, said, uuid.uuid4(), TIMING)
            done[one] += 1
        record(together)

    def judgements(self) -> Judgements:
        who, where, first, left, degree = (np.array(column) for column in zip(*self.noted, strict=True))
        lengths = np.array([[len(text) for text in pair] for pair in texts(self.world)])
        doublings = np.log2(lengths[:, 0] / lengths[:, 1])[where]
        known = np.zeros(len(self.number), dtype=np.int64)
        return Judgements(who, where, first, left, np.clip(doublings, -3, 3), degree, known, len(self.people))

    def read(self) -> tuple[np.ndarray, dict[int, Bearing]]:
        """From the tables, as figures are computed: (C,) how far each first response is better, and by the number of a
        person what is said of them."""
        with said_in(self.round.project):
            of_pair, (bearings, *_rest) = probabilities(AXIS), concluded(self.round.project)
        place = {person.pk: number for number, person in enumerate(self.people)}
        return np.array([of_pair[pair] for pair in self.number]), {place[row.person_id]: row for row in bearings}

    def check(self) -> None:
        """As many count as were wanted, nothing is left open, and what went in together is as the rule writes it."""
        standing = Assignment.objects.filter(comparison__round=self.round)
        wanted = sum(Overlap.objects.filter(round=self.round).values_list("wanted", flat=True))
        if standing.counted().count() != wanted or standing.filter(done_at=None).exists():
            raise RuntimeError(f"{standing.counted().count()} judgements count, and {wanted} were wanted")
        columns = [field.attname for field in Judgement._meta.concrete_fields if field.attname not in SAID]
        alike = Judgement.objects.filter(assignment__comparison__round=self.round).values(*columns).distinct().count()
        if alike != 1:
            raise RuntimeError("What went in together is not as the rule writes it")


def record(said: list[tuple[Assignment, Verdict]]) -> None:
    """As `Assignment.judge` does, where nobody has said anything before, and as many are asked as ever will be."""
    now = timezone.now()
    terms = {"revision": 1, "axis": AXIS, "outcome": Outcome.JUDGED, "created_at": now}
    timing = {"active_seconds": TIMING.active, "elapsed_seconds": TIMING.elapsed}
    made = Judgement.objects.bulk_create(
        Judgement(assignment=assignment, key=uuid.uuid4(), **terms, **timing, **vars(verdict))
        for assignment, verdict in said
    )
    for judgement in made:
        judgement.assignment.judgement, judgement.assignment.done_at = judgement, now
    Assignment.objects.bulk_update([one.assignment for one in made], ["judgement", "done_at"])


def texts(of: World) -> list[tuple[str, str]]:
    """Of lengths whose ratio is the pair's."""
    half = 2.0 ** (of.doublings / 2)
    return [("a" * round(LETTERS * one), "b" * round(LETTERS / one)) for one in half]


def project(slug: str, people: int, of: World) -> Round:
    made = Project.objects.create(slug=slug, name=slug, axes=[str(AXIS)], max_turns=1)
    made.guidelines.create(axis=AXIS, number=1, text="Choose.")
    cohort = Cohort.objects.create(name=slug)
    made.enrolments.create(cohort=cohort, axis=AXIS)
    for number in range(people):
        cohort.memberships.create(
            person=Person.objects.create_user(f"{slug}-{number:03}@example.org", name=f"{number}")
        )
    round_ = made.rounds.create(number=1, prompt_set=PromptSet.objects.create(name=slug))
    for version in demo.model_versions():
        round_.policy.create(model_version=version)
    round_.open()
    stock_up(round_, len(of.gap), texts(of), [LANGUAGES[subject] for subject in of.subject])
    return round_


@dataclass(frozen=True)
class Outcomes:
    """Of one pool: right answers in % by each of the WAYS, and of each person their kind and what is found of them."""

    share: float
    seed: int
    judgements: int
    right: list[float]
    error: float
    people: list[tuple[str, list[str]]]
    seconds: float


def kept(file: Path | None) -> list[Outcomes]:
    return [Outcomes(**json.loads(line)) for line in file.read_text().splitlines()] if file and file.exists() else []


def keep(file: Path | None, one: Outcomes) -> None:
    if file:
        with file.open("a") as lines:
            lines.write(json.dumps(asdict(one)) + "\n")


WAYS = ("single", "majority", "Dawid-Skene", "model")
FOUND = {"guesses": "guesses", "one_sided": "one-sided", "by_length": "by length", VIEW: "another view"}


def run(asked: tuple[int, float, argparse.Namespace]) -> Outcomes:
    """What is wrong ends it."""
    seed, share, args = asked
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")  # nothing of this need outlive the machine
    pool = Pool(seed, share, args)
    pool.work()
    pool.check()
    judgements, (believed, bearings) = pool.judgements(), pool.read()
    noted = estimate(judgements).first_better
    if not np.allclose(noted, believed, atol=1e-6):
        raise RuntimeError(f"the tables give other answers, by up to {np.abs(noted - believed).max():.2g}")
    ways = (single(judgements), majority(judgements), dawid_skene(judgements), believed)
    accuracies = [100 * float(right(way, pool.world.answer).mean()) for way in ways]
    error = 100 * calibration_error(believed, pool.world.answer)
    took = time.perf_counter() - began
    return Outcomes(share, seed, len(pool.noted), accuracies, error, people(pool.world, bearings), took)


def people(of: World, bearings: dict[int, Bearing]) -> list[tuple[str, list[str]]]:
    """Without whoever tires: all of it is said within minutes, which is one sitting."""
    found = {number: [*row.found, *([VIEW] if row.dissents else [])] for number, row in bearings.items()}
    return [(one.kind, found.get(number, [])) for number, one in enumerate(of.annotators)]


def show_answers(pools: list[Outcomes]) -> None:
    print("\nRight answers in %, and points more than the majority with 95 % intervals over seeds.\n")
    columns = "single | majority | Dawid-Skene | model | D.-S. over majority | model over majority | lowest"
    print(f"| good | pools | {columns} | calibration error |\n{10 * '|---'}|")
    for share in sorted({one.share for one in pools}, reverse=True):
        of_share = [one for one in pools if one.share == share]
        figures = dict(zip(WAYS, np.array([one.right for one in of_share]).T, strict=True))
        means = " | ".join(f"{values.mean():.1f}" for values in figures.values())
        plain, model = (figures[way] - figures["majority"] for way in ("Dawid-Skene", "model"))
        over = " | ".join(interval(values) if len(values) > 1 else f"{values[0]:+.2f}" for values in (plain, model))
        error = np.mean([one.error for one in of_share])
        print(f"| {share:.0%} | {len(of_share)} | {means} | {over} | {model.min():+.2f} | {error:.1f} |")


def show_people(pools: list[Outcomes]) -> None:
    print("\nOf those who are so, in %, of all pools together: of whom what is found.\n")
    print(f"| who | people | {' | '.join(FOUND.values())} |\n{6 * '|---'}|")
    found: dict[str, list[list[bool]]] = defaultdict(list)
    for one in pools:
        for kind, names in one.people:
            found[kind].append([name in names for name in FOUND])
    for kind in ("good", *FAULTS):
        if kind in found:
            shares = " | ".join(f"{100 * share:.1f}" for share in np.mean(found[kind], axis=0))
            print(f"| {kind} | {len(found[kind])} | {shares} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.95, 0.8, 0.6, 0.4])
    parser.add_argument("--seeds", type=int, default=12, help="pools of each share")
    parser.add_argument("--comparisons", type=int, default=1500)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--overlapped", type=float, default=1.0, help="judged by three, the rest by one")
    parser.add_argument("--at-once", type=int, default=os.cpu_count(), help="pools, each in a process of its own")
    parser.add_argument("--results", type=Path, help="a file of pools, which are not simulated again; others join them")
    args = parser.parse_args()
    began, pools = time.perf_counter(), kept(args.results)
    seeds = range(FIRST_SEED, FIRST_SEED + args.seeds)
    known = {(one.seed, one.share) for one in pools}
    asked = [(seed, share, args) for seed in seeds for share in args.shares if (seed, share) not in known]
    with installed():
        demo.seed()
        connection.close()  # each process has one of its own
        with multiprocessing.get_context("fork").Pool(args.at_once) as processes:
            for one in processes.imap_unordered(run, asked):
                pools.append(one)
                keep(args.results, one)
                of = f"{one.share:.0%} good, seed {one.seed}, {one.judgements:,} judgements"
                print(f"{len(pools)} of {len(known) + len(asked)}: {of}, {one.seconds:.0f} s", flush=True)
    show_answers(pools)
    show_people(pools)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
