"""How long the figures of a project take to compute, and how long its pages of quality take, with a million judgements.

    python -m tests.benchmarks.bench_quality

The embedded database, in which most of what is there is copied (tests/benchmarks/history.py): one round of so many
pairs, of which 15 % are judged by a second person. The application runs in this process, without a server before it.
"""

import argparse
import itertools
import os
import shutil
import sys
import time

import django

from tests import processes  # noqa: F401 - it has given this process a temporary TANDEM_HOME

for name in ("DATABASE_URL", "BROKER_URL", "STREAM_URL", "ARTIFACT_URL", "HOST", "ALLOWED_HOSTS", "HTTPS"):
    os.environ.pop(name, None)  # a real installation that the shell names is none of our business
os.environ["DJANGO_SETTINGS_MODULE"] = "labeling.settings"
django.setup()

from django.core.management import call_command  # noqa: E402 - settings first
from django.db import connection  # noqa: E402
from django.db.models import Max  # noqa: E402
from django.test import Client  # noqa: E402

from labeling.comparisons.models import Assignment, Judgement  # noqa: E402
from labeling.projects.models import Project  # noqa: E402
from labeling.quality import computing  # noqa: E402
from labeling.quality.models import Agreement, Counts  # noqa: E402
from labeling.stack import Stack, home  # noqa: E402
from models_runtime.figures import quantile  # noqa: E402
from tests.benchmarks import history  # noqa: E402
from tests.benchmarks.bench_pages import begin, seen, signed_in  # noqa: E402

SECOND = 0.15  # of the pairs
TARGET = 1000  # ms, to the first figure
STEP = "(ARRAY[4, 3, 2, 2, 1, 1, -1, -2, -3])[1 + abs(hashint4(n)) %% 9]"


def judged_twice(judgements: int) -> None:
    """By somebody else than the author, who often agrees."""
    pattern = Assignment.objects.filter(done_at__isnull=False).first()  # as in history.py
    assert pattern
    last, twice = Judgement.objects.aggregate(Max("pk"))["pk__max"], int(judgements * SECOND)
    key = history.key
    others = "(SELECT min(id) + (n * 7 + 3) %% 400 FROM cohorts_person WHERE email LIKE 'other-%%')"
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    history.copy(
        Assignment,
        pattern.pk,
        2,
        twice,
        **{"id": key("second"), "comparison_id": key("comparison"), "person_id": others, "kind": "'overlap'"},
        **{"slot": "1", "judgement_id": f"{last} + n", "done_at": history.WHEN},
    )
    chosen = {"chosen_id": f"CASE WHEN {STEP} > 0 THEN {key('first')} ELSE {key('second')} END"}
    chosen["rejected_id"] = f"CASE WHEN {STEP} > 0 THEN {key('second')} ELSE {key('first')} END"
    said = {"id": f"{last} + n", "assignment_id": key("second"), "key": key("other"), "degree": f"abs({STEP})"}
    history.copy(Judgement, pattern.judgement_id, 2, twice, **said, **chosen)
    history.settle()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judgements", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=20, help="of each page")
    args = parser.parse_args()
    stack = Stack()
    try:
        stack.start()
        run(args)
    finally:
        connection.close()
        stack.stop()
        shutil.rmtree(home(), ignore_errors=True)


def run(args: argparse.Namespace) -> None:
    call_command("migrate", verbosity=0)
    project, manager = begin()
    history.fill(2, int(args.judgements / (1 + SECOND)))
    judged_twice(int(args.judgements / (1 + SECOND)))
    print(f"{Judgement.objects.count():,} judgements, {overlapped(project):,} of a second person", flush=True)
    print(f"computed: {parts(project)}", flush=True)
    print(f"kept: {Agreement.objects.count():,} agreements, {Counts.objects.count():,} counts", flush=True)
    client = signed_in(manager)
    busiest = Counts.objects.order_by("-judged")[0]
    pages = ("quality/", "quality/people/", f"quality/people/{busiest.person_id}/", "quality/pairs/", "judgements/")
    paths = [f"{page}?axis={busiest.axis}&overlapped" for page in pages]
    late = [path for path in paths if measured(client, f"/projects/{project.slug}/{path}", args.runs) > TARGET]
    if late:
        sys.exit(f"Over {TARGET} ms: {', '.join(late)}")


def parts(project: Project) -> str:
    """Seconds of each, on the clock."""
    names = ["reading", *(f"by {by}" for by in computing.KEYS), "counts", "annotator model"]
    marks = [time.perf_counter()]
    computing.keep(project, *computing.figures(project, lambda: marks.append(time.perf_counter())))
    took = [after - before for before, after in itertools.pairwise(marks)]
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in zip(names, took, strict=True))


def overlapped(project: Project) -> int:
    return Assignment.objects.filter(comparison__project=project, kind="overlap").count()


def measured(client: Client, address: str, runs: int) -> float:
    """Milliseconds of the slowest in twenty."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        seen(client, address)
        took.append(1000 * (time.perf_counter() - began))
    p50, p95 = (quantile(sorted(took), part) or 0 for part in (0.5, 0.95))
    print(f"p50 {p50:5.0f} ms, p95 {p95:5.0f} ms  {address}", flush=True)
    return p95


if __name__ == "__main__":
    main()
