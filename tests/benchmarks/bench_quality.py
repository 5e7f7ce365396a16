"""How long the figures of a project take to compute, and how long its pages of quality take, with a million judgements.

    python -m tests.benchmarks.bench_quality

The embedded database, in which most of what is there is copied (tests/benchmarks/judged_by_several.py): one open round,
of whose pairs one in seven is judged by a second person. The application runs in this process, without a server before
it. Beside the time on the clock stands what the processors were at work. With `--keep FOLDER` the database stays there,
and another run begins with it.
"""

import argparse
import itertools
import re
import sys
import time
from urllib.parse import urlencode

from tests.benchmarks.installation import KEEP, installed  # first: the rest belongs to what it sets up

# isort: split
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons.leases import LEASE
from labeling.comparisons.models import Assignment, Judgement
from labeling.projects.models import Project
from labeling.quality import computing, unreviewed
from labeling.quality.models import Agreement, Counts, GoldAnswer, Review
from labeling.rewards import overviews
from labeling.rewards.models import Overview
from tests.benchmarks import judged_by_several
from tests.benchmarks.bench_pages import begin
from tests.benchmarks.pages import PER_TICK, measured, signed_in, ticks

TARGET = 1000  # ms, to the first figure
SINCE = 4_000  # keys of judgements, which is a thousand of them here
WAITING = ("waits, all of it", "waits, lately")  # for reviewers: looked at after a withdrawal, and each time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judgements", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=20, help="of each page")
    parser.add_argument("--only", default="", help="pages whose address matches; nothing is computed")
    parser.add_argument(KEEP, help="a folder for the database, which stays there")
    args = parser.parse_args()
    with installed():
        run(args)


def run(args: argparse.Namespace) -> None:
    project = Project.objects.filter(slug="bench").first() or filled(args.judgements)
    told = {kind.__name__: f"{kind.objects.count():,}" for kind in (Judgement, GoldAnswer, Review)}
    print(", ".join(f"{name} {count}" for name, count in told.items()), flush=True)
    if not args.only or not Counts.objects.exists():
        compute(project)
    if not args.only or not Overview.objects.exclude(counted_at=None).exists():
        count_rounds()
    asked = [(client, page) for client, page in pages(project) if re.search(args.only, page)]
    took = [told_of(client, page, args.runs) for client, page in asked]
    if late := [page for page, p95 in took if p95 > TARGET]:
        sys.exit(f"Over {TARGET} ms: {', '.join(late)}")


def filled(judgements: int) -> Project:
    began = time.perf_counter()
    project, manager = begin()
    judged_by_several.fill(project, manager, judgements)
    print(f"filled after {time.perf_counter() - began:.0f} s", flush=True)
    return project


def compute(project: Project) -> None:
    """What each part takes, on the clock and of the processors."""
    marks = [now()]

    def heard(_part: str, share: float) -> None:
        if share == 1:
            marks.append(now())

    computing.keep(project, computing.figures(project, heard))
    marks.append(now())
    newest = computing.newest_judgement()
    for after in (0, newest - SINCE):
        unreviewed.note(project, after, newest)
        marks.append(now())
    parts = [tuple(after - before for before, after in zip(*two, strict=True)) for two in itertools.pairwise(marks)]
    parts.append(tuple(map(sum, zip(*parts, strict=True))))
    for name, (clock, web, database) in zip([*computing.PARTS, "keep", *WAITING, "in all"], parts, strict=True):
        print(f"{name:16} {clock:6.1f} s, at work {web:5.1f} + {database:5.1f} s", flush=True)
    agreements = Agreement.objects.count()
    print(f"kept: {agreements:,} agreements, {Counts.objects.count():,} counts", flush=True)
    if not agreements:
        sys.exit("Nobody was found to agree with anybody: what was measured is not what is told of it.")


def count_rounds() -> None:
    """Those that are due, as the background does."""
    began = now()
    overviews.count_due()
    clock, web, database = (after - before for before, after in zip(began, now(), strict=True))
    print(f"{'rounds':16} {clock:6.1f} s, at work {web:5.1f} + {database:5.1f} s", flush=True)


def now() -> tuple[float, float, float]:
    """Seconds on the clock, and at work here and in the database."""
    return time.perf_counter(), time.process_time(), ticks() * PER_TICK / 1000


def pages(project: Project) -> list[tuple[Client, str]]:
    """Addresses, each with whoever asks for it: pages of quality, the rounds, the judgements behind figures, what
    reviewers do, and what people see of their own."""
    busiest = Counts.objects.order_by("-judged").select_related("person")[0]
    Assignment.objects.filter(done_at=None).update(leased_until=timezone.now() + LEASE)
    axis, staff = {"axis": busiest.axis}, signed_in(Person.objects.get(email="manager@example.org"))
    gold = GoldAnswer.objects.filter(project=project).first()
    [most] = Review.objects.values("person").annotate(n=Count("pk")).order_by("-n")[:1]
    assert gold
    slug, person = project.slug, busiest.person_id
    other = {"person": person, "other": Person.objects.exclude(pk=person).filter(email__startswith="other-")[0].pk}
    guideline = project.guidelines.get(axis=busiest.axis).pk
    cohort = project.enrolments.get(axis=busiest.axis).cohort_id
    behind = [{}, {"overlapped": 1}, {"person": person}, {"person": person, "overlapped": 1}, other, {"kind": "gold"}]
    behind += [{"person": person, "kind": "repeat"}, {"cannot": 1}, {"comment": 1}]
    behind += [{"language": language} for language in ("de", judged_by_several.THEIR_LANGUAGE)]
    behind += [{"overlapped": 1, "guideline": guideline}, {"overlapped": 1, "cohort": cohort}]
    orders: list[dict[str, object]] = [{"by": by} for by in ("sample", "split", "flagged")]
    orders += [{"by": "flagged", "only": 1}, {"share": 1}, {"round": 1, **axis}, {"share": 100}]
    asked = [
        *(f"{reverse(name, args=[slug])}?{urlencode(axis)}" for name in QUALITY),
        f"{reverse('quality_people', args=[slug])}?{urlencode({**axis, 'sort': '-majority', 'out': 'something'})}",
        f"{reverse('quality_person', args=[slug, person])}?{urlencode(axis)}",
        reverse("gold_answer", args=[slug, gold.pk]),
        *(f"{reverse('judgements', args=[slug])}?{urlencode({**axis, **one})}" for one in behind),
        f"{reverse('round_judgements', args=[slug, 1])}?{urlencode({**axis, 'overlapped': 1})}",
        *(f"{reverse('quality_behind', args=[slug, one])}?{urlencode({**axis, 'person': person})}" for one in OF_ONE),
        *(f"{reverse('quality_behind', args=[slug, one])}?{urlencode({**axis, 'round': 1})}" for one in OF_ROUND),
        *(f"{reverse('review', args=[slug])}?{urlencode(one)}" for one in orders),
        *(reverse(name, args=[slug]) for name in ("adjudication", "leases")),
        reverse("home"),
    ]
    own = [reverse("feedback", args=[slug]), reverse("profile"), reverse("mine", args=[slug])]
    theirs = signed_in(Person.objects.get(pk=most["person"]))
    return [*((staff, page) for page in asked), *((theirs, page) for page in own)]


OF_ONE, OF_ROUND = ("judged", "majority", "gold", "repeats", "modelled"), ("degree-4", "sent-back", "left-out")
QUALITY = ("quality", "quality_people", "quality_pairs", "quality_model", "gold", "run_rounds")


def told_of(client: Client, page: str, runs: int) -> tuple[str, float]:
    took = measured(client, page, runs)
    print(took, flush=True)
    return page, took.p95


if __name__ == "__main__":
    main()
