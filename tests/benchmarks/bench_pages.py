"""How long managers wait for the pages about people, and how many statements each takes: few people, then thousands.

    python -m tests.benchmarks.bench_pages

The embedded database, in which most of what is there is copied (tests/benchmarks/history.py), and the application in
this process, without a server before it. Every page is asked for as a manager sees it who is staff, and so may see
everybody. Beside the time on the clock stands what the processors were at work, in this process and in the database's
for it: what a machine that is busy with something else does not change much. Fails where a page takes more statements
with thousands than with few.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from datetime import timedelta

from tests.benchmarks.installation import installed  # first: the rest belongs to what it sets up

# isort: split
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labeling.cohorts.models import Cohort, Invitation, Membership, Person
from labeling.comparisons.models import Assignment, Judgement, Pass, Workday
from labeling.exams.models import Attempt, Exam, Sitting
from labeling.projects.models import Project, PromptSet
from tests.benchmarks import history
from tests.benchmarks.pages import measured, signed_in, statements
from tests.comparisons.pages import judge
from tests.exams.papers import make_exam
from tests.people import answer, ask, join, make_project, manage

COHORTS = 20
CORRECTED = 60  # more than are on a page
TARGET = 300  # ms, of the slowest in twenty
PASSES = """
    INSERT INTO comparisons_pass (comparison_id, round_id, person_id, reason, comment, key, created_at)
    SELECT comparison_id, comparison.round_id, assignment.person_id, 'unsaid', '', gen_random_uuid(), done_at
    FROM comparisons_assignment assignment
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    WHERE done_at IS NOT NULL AND abs(hashtext(comparison_id::text)) % 50 = 0
    ON CONFLICT DO NOTHING
"""  # one in fifty


def begin() -> tuple[Project, Person]:
    """A project with one judged pair, which the others are copied from, and its manager."""
    alice, project = join("Readers 0", "alice@example.org"), make_project("bench", cohort="Readers 0")
    manager = Person.objects.create_user("manager@example.org", name="Maria", is_staff=True)
    manage(project, manager)
    turn = ask(alice, project, prompt=PromptSet.objects.create(name="Bench").prompts.create(text="Why?"))
    answer(turn)
    client = signed_in(alice)
    for assignment in Assignment.objects.filter(comparison__turn=turn):
        judge(client, assignment, active_ms=60_000, elapsed_ms=60_000)
    make_exam("Language", cohort="Readers 0")
    return project, manager


def grow(people: int, judgements: int, before: int, manager: Person) -> None:
    """So many people in cohorts, some of them paused or gone, and so many judged pairs, `before` of which are there."""
    known = Person.objects.filter(email__startswith="other-").count()
    cohorts = [Cohort.objects.get_or_create(name=f"Readers {n}", languages=["en"])[0] for n in range(1, COHORTS)]
    new = [Person(email=f"other-{n}@example.org", name=f"Reader {n}") for n in range(known, people)]
    made = Person.objects.bulk_create(new)
    joining = [Membership(cohort=cohorts[n % len(cohorts)], person=one) for n, one in enumerate(made)]
    Membership.objects.bulk_create(joining)
    Membership.objects.filter(pk__in=[one.pk for one in joining[::50]]).pause("A rest.", manager)
    Membership.objects.filter(pk__in=[one.pk for one in joining[7::50]]).leave()
    take_exam(made)
    invite(cohorts[0], manager, [f"guest-{n}@example.org" for n in range(known, people)])
    history.fill(before + 1, judgements)
    history.count_workdays()
    with connection.cursor() as cursor:
        Pass.objects.all().delete()
        cursor.execute(PASSES)
    correct(Person.objects.filter(email__startswith="other-").order_by("pk")[:CORRECTED])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def correct(people: Iterable[Person]) -> None:
    """One name after the other, so that the first page of the audit is about the same in both sizes: it asks for what
    the kinds of changes on it refer to."""
    for person in people:
        person.name = f"{person.name} Lee"
        person.save(update_fields=["name"])


def take_exam(people: list[Person]) -> None:
    """Everybody passes it at once."""
    exam, now = Exam.objects.get(), timezone.now()
    done = {"exam": exam, "number": 1, "state": Attempt.State.PASSED, "finished_at": now}
    attempts = Attempt.objects.bulk_create([Attempt(person=one, **done) for one in people])
    [part] = exam.parts.all()
    at = {"part": part, "started_at": now, "finished_at": now, "score": 100, "passed": True}
    Sitting.objects.bulk_create([Sitting(attempt=attempt, **at) for attempt in attempts])


def invite(cohort: Cohort, by: Person, addresses: list[str]) -> None:
    Invitation.objects.personal(cohort, by, addresses, expires_at=timezone.now() + timedelta(days=7))


def pages(project: Project, manager: Person) -> list[tuple[Client, str]]:
    """Addresses, each with whoever asks for it."""
    people = reverse("people")
    middle = Person.objects.order_by("pseudonym")[Person.objects.count() // 2]
    busiest = Person.objects.get(email="other-1@example.org")
    since = f"since={Workday.objects.earliest('day').day}"
    cohort = Cohort.objects.get(name="Readers 1")
    staff = signed_in(manager)
    asked = [
        *(people, f"{people}?sort=-total", f"{people}?sort=-last_day", f"{people}?sort=state", f"{people}?q=reader+4"),
        *(f"{people}?state=paused", f"{people}?cohort={cohort.pk}&language=en", f"{people}?after={middle.pk}"),
        reverse("person", args=[busiest.pk]),
        *(f"{reverse('people_hours')}?{since}", f"{reverse('people_hours')}?{since}&sort=-seconds"),
        *(reverse("cohort", args=[project.slug, cohort.pk]), reverse("invitations", args=[project.slug, cohort.pk])),
        *(reverse("enrolments", args=[project.slug]), reverse("exam_results", args=[Exam.objects.get().pk])),
        *(reverse("audit"), f"{reverse('audit')}?text=reader", reverse("history", args=[project.slug])),
    ]
    month = Workday.objects.latest("day").day
    return [*((staff, address) for address in asked), (signed_in(busiest), f"{reverse('hours')}?month={month:%Y-%m}")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--judgements", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=40, help="of each page")
    args = parser.parse_args()
    with installed():
        run(args)


def run(args: argparse.Namespace) -> None:
    project, manager = begin()
    grow(60, 1000, 0, manager)
    few = [statements(*page) for page in pages(project, manager)]
    began = time.perf_counter()
    grow(args.people, args.judgements, 1000, manager)
    counts = {"people": Person, "judgements": Judgement, "workdays": Workday}
    told = ", ".join(f"{kind.objects.count():,} {name}" for name, kind in counts.items())
    print(f"{told}, after {time.perf_counter() - began:.0f} s", flush=True)
    many = [measured(*page, args.runs) for page in pages(project, manager)]
    for before, now in zip(few, many, strict=True):
        late = "" if now.p95 < TARGET else f" (over {TARGET} ms)"
        print(f"{before:3} statements with few, {now.statements:3} with many; {now}{late}", flush=True)
    if few != [now.statements for now in many]:
        sys.exit("A page takes more statements where there is more.")


if __name__ == "__main__":
    main()
