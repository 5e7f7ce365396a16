"""The same simulation through all that a real project has: pairs are claimed from the database, as the page hands them
out, each judgement is recorded by the rule that records it, and the model reads what is there in the end.

    python -m tests.benchmarks.simulate_in_tables

The embedded servers, as `make run` starts them. People come in random order and take what they are given, until there
is nothing for anybody. What the model then makes of the tables must be what it makes of the same judgements that were
noted when they were made.
"""

import argparse
import os
import shutil
import sys
import time
import uuid

import django
import numpy as np

import tests.processes  # noqa: F401 - it gives this process a temporary TANDEM_HOME

for name in ("DATABASE_URL", "BROKER_URL", "STREAM_URL", "ARTIFACT_URL", "HOST", "ALLOWED_HOSTS", "HTTPS"):
    os.environ.pop(name, None)  # a real installation that the shell names is none of our business
os.environ["DJANGO_SETTINGS_MODULE"] = "labeling.settings"
django.setup()

from django.core.management import call_command  # noqa: E402 - settings first
from django.db import connection  # noqa: E402

from labeling.cohorts.models import Cohort, Person  # noqa: E402
from labeling.comparisons import leases, overlapping  # noqa: E402
from labeling.comparisons.models import Assignment, Overlap, Timing, Verdict  # noqa: E402
from labeling.home import demo  # noqa: E402
from labeling.projects.models import Axis, Project, PromptSet, Round  # noqa: E402
from labeling.quality.annotator_model import Judgements, estimate  # noqa: E402
from labeling.quality.calibration import calibration_error  # noqa: E402
from labeling.quality.computing import compute  # noqa: E402
from labeling.quality.modelled import probabilities  # noqa: E402
from labeling.quality.models import Bearing, Computation  # noqa: E402
from labeling.quality.reading import said_in  # noqa: E402
from labeling.stack import Stack, home  # noqa: E402
from tests.benchmarks.plain_votes import dawid_skene, majority, right, single  # noqa: E402
from tests.benchmarks.ready_pairs import stock_up  # noqa: E402
from tests.benchmarks.simulated_annotators import SITTING, World, world  # noqa: E402

LANGUAGES = ("en", "de", "fr", "es")  # one a subject
LETTERS = 400  # of a response, on average
AXIS = Axis.HELPFULNESS


class Pool:
    """A project, its people, and what they said, noted beside the tables."""

    def __init__(self, seed: int, share: float, args: argparse.Namespace) -> None:
        self.rng = np.random.default_rng(seed)
        self.world: World = world(self.rng, share, args.comparisons, args.people)
        self.round = project(f"pool-{seed}", args.people, self.world)
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
        """Until there is nothing for anybody."""
        done, idle = [0] * len(self.people), set[int]()
        while len(idle) < len(self.people):
            one = int(self.rng.integers(len(self.people)))
            assignment = None if one in idle else leases.claim(self.people[one], self.round, [AXIS])
            if assignment is None:
                idle.add(one)
                continue
            self.judge(one, assignment, done[one] % SITTING / SITTING)
            done[one] += 1

    def judge(self, one: int, assignment: Assignment, progress: float) -> None:
        pair = assignment.comparison
        place, left = self.number[pair.pk], not assignment.swapped
        [felt] = self.world.perceived(
            np.array([one]), np.array([place]), np.array([left]), np.array([progress]), self.rng
        )
        [degree] = self.world.degree(np.array([one]), np.array([felt]))
        chosen, rejected = (pair.first, pair.second) if felt > 0 else (pair.second, pair.first)
        said = Verdict(chosen=chosen, rejected=rejected, degree=int(degree))
        overlapping.judge(assignment, said, uuid.uuid4(), Timing(active=30, elapsed=30))
        self.noted.append((one, place, bool(felt > 0), left, int(degree)))

    def judgements(self) -> Judgements:
        who, where, first, left, degree = (np.array(column) for column in zip(*self.noted, strict=True))
        lengths = np.array([[len(text) for text in pair] for pair in texts(self.world)])
        doublings = np.log2(lengths[:, 0] / lengths[:, 1])[where]
        known = np.zeros(len(self.number), dtype=np.int64)
        return Judgements(who, where, first, left, np.clip(doublings, -3, 3), degree, known, len(self.people))

    def kept(self) -> dict[int, Bearing]:
        computation = Computation.objects.of(self.round.project)
        computation.ask()
        compute(computation)
        place = {person.pk: number for number, person in enumerate(self.people)}
        return {place[row.person_id]: row for row in Bearing.objects.filter(project=self.round.project)}

    def believed(self) -> np.ndarray:
        """(C,) from the tables."""
        with said_in(self.round.project):
            of_pair = probabilities(AXIS)
        return np.array([of_pair[pair] for pair in self.number])


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


def show(seed: int, share: float, args: argparse.Namespace) -> str:
    """A row, and a line about each person of whom something is found; what is wrong ends the run."""
    began = time.perf_counter()
    pool = Pool(seed, share, args)
    pool.work()
    judgements, believed = pool.judgements(), pool.believed()
    noted = estimate(judgements).first_better
    if not np.allclose(noted, believed, atol=1e-6):
        sys.exit(f"the tables give other answers, by up to {np.abs(noted - believed).max():.2g}")
    standing = Assignment.objects.filter(comparison__round=pool.round)
    wanted = sum(Overlap.objects.filter(round=pool.round).values_list("wanted", flat=True))
    if standing.counted().count() != wanted or standing.filter(done_at=None).exists():
        sys.exit(f"{standing.counted().count()} judgements count, and {wanted} were wanted")
    ways = (single(judgements), majority(judgements), dawid_skene(judgements), believed)
    shares = " | ".join(f"{100 * float(right(way, pool.world.answer).mean()):.1f}" for way in ways)
    error = 100 * calibration_error(believed, pool.world.answer)
    row = f"| {share:.0%} | {len(pool.noted):,} | {shares} | {error:.1f} | {time.perf_counter() - began:.0f} s |"
    return "\n".join([row, *people(pool)])


def people(pool: Pool) -> list[str]:
    """Without whoever tires: all of it is said within minutes, which is one sitting."""
    lines = []
    for number, row in sorted(pool.kept().items()):
        named = [*(name for name in row.found if name != "tires"), *(f"another view: {tag}" for tag in row.dissents)]
        kind = pool.world.annotators[number].kind
        if named or kind != "good":
            lines.append(f"  {kind}: {', '.join(named) or 'nothing'}")
    return sorted(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.95, 0.8, 0.6, 0.4])
    parser.add_argument("--comparisons", type=int, default=1500)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--overlapped", type=float, default=1.0, help="judged by three, the rest by one")
    args = parser.parse_args()
    stack = Stack()
    try:
        stack.start()
        call_command("migrate", verbosity=0)
        demo.seed()
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")  # nothing of this need outlive the machine
        print("| good | judgements | single | majority | Dawid-Skene | model | calibration error | took |")
        print("|---|---|---|---|---|---|---|---|")
        for seed, share in enumerate(args.shares, 3000):
            print(show(seed, share, args), flush=True)
    finally:
        connection.close()
        stack.stop()
        shutil.rmtree(home(), ignore_errors=True)


if __name__ == "__main__":
    main()
