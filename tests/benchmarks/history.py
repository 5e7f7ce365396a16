"""What has been judged for years, made in minutes: copies of one judged pair under keys of their own.

Constraints hold for the copies as they do for the pattern; foreign keys are right by how the keys are made, and are not
looked up millions of times.
"""

import uuid
from collections.abc import Mapping

from django.db import connection
from django.db.models import Max, Model

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Comparison, Judgement, Workday
from labeling.dialogues.models import Completion, Dialogue, Turn
from labeling.projects.models import Prompt

OTHERS = 468  # people beside those of the benchmark, who judged as much as they did
USES = 20  # of each prompt
SHORT = "'Begin with what you have at home.'"
WHEN = "now() - interval '2 days' - n * interval '1 second'"


WORKDAYS = """
    INSERT INTO comparisons_workday (person_id, project_id, axis, day, done, timed, active_seconds)
    SELECT assignment.person_id, comparison.project_id, assignment.axis, assignment.done_at::date,
        count(*), count(*), 60 * count(*)
    FROM comparisons_assignment assignment
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    WHERE assignment.done_at IS NOT NULL
    GROUP BY 1, 2, 3, 4
"""
Terms = Mapping[str, str]
EMPTY: Terms = {}


def key(name: str, number: str = "n") -> str:
    return f"md5('{name}-' || ({number}))::uuid"


def judged_first() -> Assignment:
    """What the others are copies of: on the same axis in every run."""
    done = Assignment.objects.filter(done_at__isnull=False).order_by("axis", "pk").select_related("comparison__turn")
    return done[0]


def fill(first: int, last: int, *, apart: int = 1, said: Terms = EMPTY, texts: Terms = EMPTY) -> None:
    """Judged pairs number `first` to `last`, by everybody there is; the keys of two judgements lie so far `apart`.

    `said` are columns of the judgements that differ from the pattern, and `texts` those of the responses.
    """
    pattern = judged_first()
    assert pattern.comparison.turn
    for number in range(Person.objects.filter(email__startswith="other-").count(), OTHERS):
        Person.objects.create(email=f"other-{number}@example.org")
    people = person("n")
    judged = Judgement.objects.aggregate(Max("pk"))["pk__max"] - apart * (first - 1)
    prompts = Prompt.objects.aggregate(Max("pk"))["pk__max"] + 1 - first // USES
    pair, turn = pattern.comparison, pattern.comparison.turn
    sides = {"first_id": key("first"), "second_id": key("second")}
    text = {"text": SHORT, "html": f"'<p>' || {SHORT} || '</p>'", "turn_id": key("turn"), "finished_at": WHEN, **texts}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    copy(Prompt, turn.prompt_id, first // USES, last // USES, id=f"{prompts} + n", text="'Asked before, number ' || n")
    dialogue = {"id": key("dialogue"), "author_id": people, "taken_as": "NULL", "created_at": WHEN, "ended_at": WHEN}
    copy(Dialogue, turn.dialogue_id, first, last, **dialogue)
    of_turn = {"id": key("turn"), "dialogue_id": key("dialogue"), "prompt_id": f"{prompts} + n / {USES}"}
    copy(Turn, turn.pk, first, last, **of_turn)
    copy(Completion, pair.first_id, first, last, id=key("first"), **text)
    copy(Completion, pair.second_id, first, last, id=key("second"), **text)
    copy(Comparison, pair.pk, first, last, id=key("comparison"), turn_id=key("turn"), created_at=WHEN, **sides)
    of_person = {"id": key("assignment"), "comparison_id": key("comparison"), "person_id": people, "done_at": WHEN}
    number = f"{judged} + {apart} * n"
    copy(Assignment, pattern.pk, first, last, judgement_id=number, created_at=WHEN, **of_person)
    chosen = {"chosen_id": key("first"), "rejected_id": key("second"), "key": key("key"), "created_at": WHEN, **said}
    copy(Judgement, pattern.judgement_id, first, last, id=number, assignment_id=key("assignment"), **chosen)
    settle()


def person(place: str) -> str:
    """Which of the people there are, by a number however large."""
    people = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    return f"(ARRAY{people})[1 + ({place}) %% {len(people)}]"


def copy(
    model: type[Model], pattern: uuid.UUID | int | None, first: int, last: int, step: int = 1, **different: str
) -> None:
    """One row for each number n, the same as the pattern but for some columns, which are expressions of n."""
    columns = [str(field.column) for field in model._meta.concrete_fields]
    cells = [different.get(column, f"pattern.{column}") for column in columns]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(cells)} "  # noqa: S608 - all of it is ours
            f"FROM {table} pattern, generate_series(%s::int, %s::int, %s) n WHERE pattern.id = %s",
            [first, last, step, pattern],
        )


def count_workdays() -> None:
    """Anew, of all that was judged."""
    Workday.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(WORKDAYS)


def settle() -> None:
    """As a database is that has had the time to look after itself."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
        for table in ("projects_prompt", "comparisons_judgement"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
        cursor.execute("VACUUM ANALYZE")
