"""How long the files of a data set take to write, beside PostgreSQL's own COPY of the same rows as JSON.

    python -m tests.benchmarks.bench_export

The embedded database, in which most of what is there is copied (tests/benchmarks/history.py): comparisons of about
2.3 KB of text each, one judgement of each. Every format is written by a process of its own, which first lets COPY write
the very same rows to a file, says what both took, and how much memory it had at most. What writing takes is all of it:
rows, hashes, card, manifest, and the move into the store. Who is in a data set is drawn before and told apart.
"""

import argparse
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.installation import KEEP, installed  # first: the rest belongs to what it sets up

# isort: split
from django.db import connection

from labeling.comparisons.models import Comparison
from labeling.datasets import files, gathering, making
from labeling.datasets.models import Snapshot
from labeling.datasets.wanted import Config, Format, Wanted
from labeling.projects.models import Project
from labeling.stack import home
from tests.benchmarks import history
from tests.benchmarks.bench_pages import begin

FORMATS = ("jsonl", "parquet")
WITHIN = {"jsonl": 2.0, "parquet": 3.0}  # times what COPY takes
MEMORY = 300  # MB
PIECES, CHARS = 4096, 575  # of which two are a response
WORDS = "the of and a in is that for it with as be on not this but are have from or one all there what up use"
PIECE = "(SELECT text FROM piece WHERE id = abs(hashint4(n * 4 + 2 * pattern.draw + {half})) %% 4096)"
RESPONSE = " || ".join(PIECE.format(half=half) for half in (0, 1))
COPY = """
COPY (
    SELECT json_build_object(
        'chosen', comparison.context || jsonb_build_object('role', 'assistant', 'content', chosen.text),
        'rejected', comparison.context || jsonb_build_object('role', 'assistant', 'content', rejected.text),
        'margin', (judgement.degree - 1) / 3.0
    )
    FROM datasets_member member
    JOIN comparisons_judgement judgement ON judgement.id = member.judgement_id
    JOIN comparisons_assignment assignment ON assignment.id = judgement.assignment_id
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    JOIN dialogues_completion chosen ON chosen.id = judgement.chosen_id
    JOIN dialogues_completion rejected ON rejected.id = judgement.rejected_id
    WHERE member.snapshot_id = '{snapshot}' AND member.reason = '' ORDER BY member.position
) TO STDOUT
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument(KEEP, help="a folder for the database, which stays there")
    parser.add_argument("--write", nargs=2, metavar=("SNAPSHOT", "FORMAT"), help="what a process of its own does")
    args = parser.parse_args()
    if args.write:
        measure(*args.write)
        return
    with installed():
        failed = [size for size in args.comparisons if not measured(size)]
    if failed:
        sys.exit(f"Beyond what was wanted at {', '.join(f'{size:,}' for size in failed)} comparisons.")


def measured(size: int) -> bool:
    """Whether each format kept to its limits."""
    project = Project.objects.filter(slug="bench").first() or begin()[0]
    there = Comparison.objects.count()
    if there < size:
        fill(there + 1, size)
    snapshots = [counted(project, format_) for format_ in FORMATS]
    connection.close()
    kept = [sys.executable, "-m", "tests.benchmarks.bench_export", KEEP, str(home())]
    ran = [subprocess.run([*kept, "--write", str(one.pk), one.wanted["formats"][0]], check=False) for one in snapshots]
    return not any(one.returncode for one in ran)


def fill(first: int, last: int) -> None:
    """Responses of two pieces each, so that none is the other's, and they pack as text does."""
    drawn = random.Random(7)
    pieces = [(place, " ".join(drawn.choices(WORDS.split(), k=CHARS))[: CHARS - 1] + ".") for place in range(PIECES)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS piece (id integer PRIMARY KEY, text text)")
        cursor.executemany("INSERT INTO piece VALUES (%s, %s) ON CONFLICT DO NOTHING", pieces)
    began = time.perf_counter()
    history.fill(first, last, texts={"text": RESPONSE, "html": f"'<p>' || {RESPONSE} || '</p>'"})
    print(f"filled to {last:,} comparisons in {time.perf_counter() - began:.0f} s", flush=True)


def counted(project: Project, format_: str) -> Snapshot:
    """A snapshot whose members are there. What comparisons are about is read once for all snapshots, as they are
    judged."""
    wanted = Wanted(axes=("helpfulness",), configs=(Config.HELPFULNESS,), formats=(Format(format_),))
    began = time.perf_counter()
    read = sum(gathering.gather(project))
    gathered = time.perf_counter() - began
    snapshot = Snapshot.objects.ask(project, wanted.kept())
    assert snapshot.begin()
    making.count(snapshot)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE datasets_member")
    members = f"{snapshot.members.count():,} members in {snapshot.counting_seconds:.1f} s"
    print(f"membership: {members}; {read:,} comparisons read for it in {gathered:.1f} s", flush=True)
    return snapshot


def measure(key: str, format_: str) -> None:
    snapshot = Snapshot.objects.get(pk=key)
    rows = snapshot.members.filter(reason="").count()
    copied = copy(snapshot)
    began, worked = time.perf_counter(), time.process_time()
    files.write(snapshot, lambda done, total: None)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"{format_:8} {rows:>9,} rows: {took:6.1f} s, {rows / took:>7,.0f} rows/s, {took / copied:.2f} times COPY "
        f"({copied:.1f} s); {worked:.1f} s of this processor; at most {memory:.0f} MB",
        flush=True,
    )
    if took > WITHIN[format_] * copied or memory > MEMORY:
        sys.exit(1)


def copy(snapshot: Snapshot) -> float:
    """Seconds, to a file of the same disk."""
    with TemporaryDirectory(dir=home()) as folder, (Path(folder) / "rows").open("wb") as file:
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(COPY.format(snapshot=snapshot.pk)) as blocks:
            for block in blocks:
                file.write(block)
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
