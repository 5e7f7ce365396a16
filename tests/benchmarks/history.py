"""What has been judged for years, made in minutes: copies of one judged pair under keys of their own.

Constraints hold for the copies as they do for the pattern; foreign keys are right by how the keys are made, and are not
looked up millions of times.
"""

import uuid

from django.db import connection
from django.db.models import Max, Model

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Comparison, Judgement
from labeling.dialogues.models import Completion, Dialogue, Turn
from labeling.projects.models import Prompt

OTHERS = 468  # people beside those of the benchmark, who judged as much as they did
USES = 20  # of each prompt
SHORT = "'Begin with what you have at home.'"
WHEN = "now() - interval '2 days' - n * interval '1 second'"


def key(name: str) -> str:
    return f"md5('{name}-' || n)::uuid"


def fill(first: int, last: int) -> None:
    """Judged pairs number `first` to `last`, by everybody there is."""
    pattern = Assignment.objects.filter(done_at__isnull=False).select_related("comparison__turn").first()
    assert pattern and pattern.comparison.turn
    for number in range(Person.objects.filter(email__startswith="other-").count(), OTHERS):
        Person.objects.create(email=f"other-{number}@example.org")
    people = f"(ARRAY{list(Person.objects.values_list('pk', flat=True))})[1 + n %% {Person.objects.count()}]"
    judged = Judgement.objects.aggregate(Max("pk"))["pk__max"] - first + 1
    prompts = Prompt.objects.aggregate(Max("pk"))["pk__max"] + 1 - first // USES
    pair, turn = pattern.comparison, pattern.comparison.turn
    sides = {"first_id": key("first"), "second_id": key("second")}
    text = {"text": SHORT, "html": f"'<p>' || {SHORT} || '</p>'", "turn_id": key("turn"), "finished_at": WHEN}
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
    copy(Assignment, pattern.pk, first, last, judgement_id=f"{judged} + n", created_at=WHEN, **of_person)
    chosen = {"chosen_id": key("first"), "rejected_id": key("second"), "key": key("key"), "created_at": WHEN}
    copy(Judgement, pattern.judgement_id, first, last, id=f"{judged} + n", assignment_id=key("assignment"), **chosen)
    settle()


def copy(model: type[Model], pattern: uuid.UUID | int | None, first: int, last: int, **different: str) -> None:
    """One row for each number n, the same as the pattern but for some columns, which are expressions of n."""
    columns = [str(field.column) for field in model._meta.concrete_fields]
    cells = [different.get(column, f"pattern.{column}") for column in columns]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(cells)} "  # noqa: S608 - all of it is ours
            f"FROM {table} pattern, generate_series(%s::int, %s::int) n WHERE pattern.id = %s",
            [first, last, pattern],
        )


def settle() -> None:
    """As a database is that has had the time to look after itself."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
        for table in ("projects_prompt", "comparisons_judgement"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
        cursor.execute("VACUUM ANALYZE")
