"""The second pass for comparisons: pairs, who judged them elsewhere, and what they said, all of it or nothing.

What comes out are comparisons like any other. Those that were judged get a round of their own, in review at once, so
that it is read, reviewed and closed as any other; those that were not go into the open round as pairs of others, which
as many people judge as was asked for. A few statements store a portion of them: no row is read back.

That may take minutes, in which people judge in the project as ever: no row is locked that they refer to. Whether the
open round is still open is asked in the end.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from labeling.cohorts.models import Person
from labeling.datasets.imports.checking import counts, mark_duplicates
from labeling.datasets.imports.pairs import NOWHERE
from labeling.datasets.imports.telling import Progress
from labeling.datasets.models import Import, Origin
from labeling.projects.models import ModelVersion, Project, Round, still
from labeling.quality.models import Computation

PEOPLE = """
CREATE TEMPORARY TABLE imported_person AS
SELECT name, encode(sha256(convert_to(%(place)s || name, 'UTF8')), 'hex') || '@elsewhere.invalid' AS email
FROM (
    SELECT DISTINCT data->>'annotator' AS name FROM datasets_importrow
    WHERE imported_id = %(imported)s AND wrong = '' AND %(judged)s
) named
"""
PAIRS = """
CREATE TEMPORARY TABLE imported_pair AS
SELECT decode(data->>'pair', 'hex') AS pair, gen_random_uuid() AS id, gen_random_uuid() AS first,
    gen_random_uuid() AS second, min(number) AS number, row_number() OVER (ORDER BY min(number)) - 1 AS position
FROM datasets_importrow WHERE imported_id = %(imported)s AND wrong = '' GROUP BY 1
"""
SAID = """
CREATE TEMPORARY TABLE imported_said AS
SELECT row.number, row.data - '{context,texts,htmls}'::text[] AS data, row.key,
    pair.position, pair.id AS comparison, pair.first, pair.second, person.id AS person, gen_random_uuid() AS assignment,
    nextval(pg_get_serial_sequence('comparisons_judgement', 'id')) AS judgement,
    row_number() OVER (PARTITION BY pair.id ORDER BY row.number) - 1 AS slot
FROM datasets_importrow row
JOIN imported_pair pair ON pair.pair = decode(row.data->>'pair', 'hex')
LEFT JOIN imported_person ON imported_person.name = row.data->>'annotator'
LEFT JOIN cohorts_person person ON person.email = imported_person.email
WHERE row.imported_id = %(imported)s AND row.wrong = ''
"""
FOUND = """
CREATE INDEX ON imported_pair (position);
CREATE INDEX ON imported_said (position);
ANALYZE imported_pair, imported_said
"""
PART = "position >= %(begin)s AND position < %(end)s"
COMPLETIONS = f"""
INSERT INTO dialogues_completion (id, model_version_id, seed, temperature, top_p, max_new_tokens, state, attempt,
    handed_over, error, queued_at, finished_at, text, html, finish_reason, discard_reason)
SELECT side.id, version.id, 0, 0, 0, 0, 'done', 1, 0, '', now(), now(), row.data->'texts'->>side.place,
    row.data->'htmls'->>side.place, 'elsewhere', ''
FROM imported_pair pair
JOIN datasets_importrow row ON row.imported_id = %(imported)s AND row.number = pair.number
CROSS JOIN LATERAL (VALUES (pair.first, 0), (pair.second, 1)) side (id, place)
JOIN projects_modelversion version ON version.engine = 'elsewhere'
    AND version.source = coalesce(nullif(row.data->'models'->>side.place, ''), 'unknown')
WHERE {PART}
"""  # noqa: S608 - constants only
COMPARISONS = f"""
INSERT INTO comparisons_comparison
    (id, project_id, round_id, context, language, first_id, second_id, created_at, ready_at)
SELECT pair.id, %(project)s, %(round)s, row.data->'context', coalesce(row.data->>'language', ''), pair.first,
    pair.second, now() + pair.number * interval '1 microsecond', now()
FROM imported_pair pair
JOIN datasets_importrow row ON row.imported_id = %(imported)s AND row.number = pair.number
WHERE {PART}
"""  # noqa: S608 - constants only
ASSIGNMENTS = f"""
INSERT INTO comparisons_assignment
    (id, comparison_id, person_id, axis, slot, kind, swapped, created_at, done_at, judgement_id)
SELECT assignment, comparison, person, %(axis)s, slot, 'imported', false, now(), now(), judgement FROM imported_said
WHERE {PART}
"""  # noqa: S608 - constants only
JUDGEMENTS = f"""
INSERT INTO comparisons_judgement (id, assignment_id, revision, axis, outcome, cannot_reason, chosen_id, rejected_id,
    degree, chosen_safe, rejected_safe, chosen_false_refusal, rejected_false_refusal, chosen_reasons, rejected_reasons,
    comment, key, created_at, imported)
SELECT judgement, assignment, 1, %(axis)s, 'judged', '', CASE better WHEN 0 THEN first ELSE second END,
    CASE better WHEN 0 THEN second ELSE first END, (data->>'degree')::smallint, (data->'safe'->>better)::boolean,
    (data->'safe'->>(1 - better))::boolean, false, false, '{{}}', '{{}}', '', gen_random_uuid(), now(), true
FROM imported_said CROSS JOIN LATERAL (SELECT (data->>'better')::integer AS better) chosen
WHERE {PART}
"""  # noqa: S608 - constants only
OVERLAPS = f"""
INSERT INTO comparisons_overlap (comparison_id, round_id, axis, wanted, most, free)
SELECT pair.id, %(round)s, %(axis)s, %(people)s, %(most)s, ARRAY(SELECT generate_series(0, %(people)s - 1))
FROM imported_pair pair WHERE {PART} ORDER BY position
"""  # noqa: S608 - constants only
ORIGINS = f"""
INSERT INTO datasets_origin (imported_id, number, comparison_id, key)
SELECT %(imported)s, number, comparison, key FROM imported_said WHERE {PART}
"""  # noqa: S608 - constants only
PORTION = 5000  # pairs that are stored at once
LOCK = 0x7A26  # of PostgreSQL's advisory locks: files are stored in a project one after the other


class NoOpenRound(Exception):
    """Pairs that are to be judged here need one."""


def keys_there(imported: Import) -> Iterator[bytes]:
    """Of rows that the project has had on this axis before."""
    before = Origin.objects.filter(imported__project=imported.project_id, imported__axis=imported.axis)
    return (bytes(key) for key in before.values_list("key", flat=True).iterator())


@transaction.atomic
def store_pairs(imported: Import, progress: Progress) -> None:
    """What the project has had since it was checked is a duplicate too. Raises Interrupted where it was cancelled, and
    NoOpenRound."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, imported.project_id])
    project = Project.objects.get(imports=imported)
    mark_duplicates(imported, keys_there(imported))
    found = counts(imported)
    judged = imported.mapping["values"].get("verdict") != NOWHERE
    round_ = Round.objects.bring_in(project) if judged else project.rounds.filter(state=Round.State.OPEN).first()
    if round_ is None:
        raise NoOpenRound
    name_models(imported)
    name_people(imported, judged)
    insert(imported, project, round_, judged, progress)
    if judged:
        Computation.objects.of(project).ask()  # its judgements have older keys than those that people made meanwhile
    elif not is_still_open(round_):
        raise NoOpenRound
    imported.rows.filter(wrong="").delete()
    imported.stored(**found, round=round_)


def insert(imported: Import, project: Project, round_: Round, judged: bool, progress: Progress) -> None:
    """All of it, in portions."""
    people = int(imported.mapping["values"].get("people") or 1)
    asked: dict[str, Any] = {"imported": imported.pk, "project": project.pk, "round": round_.pk, "axis": imported.axis}
    asked |= {"people": people, "most": people + project.most_extra}
    said = (ASSIGNMENTS, JUDGEMENTS) if judged else (OVERLAPS,)
    with connection.cursor() as cursor:
        for statement in (PAIRS, SAID, FOUND):
            execute(cursor, statement, asked)
        cursor.execute("SELECT count(*) FROM imported_pair")
        progress.total = cursor.fetchone()[0]
        for begin in range(0, progress.total, PORTION):
            progress.come(begin)
            for statement in (COMPLETIONS, COMPARISONS, *said, ORIGINS):
                execute(cursor, statement, {**asked, "begin": begin, "end": begin + PORTION})
        cursor.execute("DROP TABLE imported_pair, imported_said, imported_person")


def is_still_open(round_: Round) -> bool:
    """Which stays so until the transaction ends, as for those who judge in it."""
    with connection.cursor() as cursor:
        held = f"SELECT {still.SHARED} FROM projects_project project WHERE id = %s"  # noqa: S608 - a constant
        cursor.execute(held, [round_.project_id])
    return Round.objects.filter(pk=round_.pk, state=Round.State.OPEN).exists()


def execute(cursor: Any, statement: str, asked: dict[str, Any]) -> None:
    """With those of the values that it names: PostgreSQL cannot tell of what type the others are."""
    cursor.execute(statement, {name: asked[name] for name in asked if f"%({name})s" in statement} or None)


def name_models(imported: Import) -> None:
    """A version for each model that the file names: nothing runs it, and no round takes it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT coalesce(nullif(name, ''), 'unknown') FROM datasets_importrow, "
            "jsonb_array_elements_text(data->'models') name WHERE imported_id = %s AND wrong = ''",
            [imported.pk],
        )
        named = {name for (name,) in cursor.fetchall()}
    there = ModelVersion.objects.filter(engine=ModelVersion.Engine.ELSEWHERE, source__in=named)
    for name in sorted(named - set(there.values_list("source", flat=True))):
        called = _("%(model)s, elsewhere") % {"model": name}
        ModelVersion.objects.create(name=called, engine=ModelVersion.Engine.ELSEWHERE, source=name)


def name_people(imported: Import, judged: bool) -> None:
    """Somebody for each annotator that the file names, the same in every file of the project, with an address that
    leads nowhere; nobody where nothing was judged."""
    asked: dict[str, Any] = {"place": f"{imported.project_id}:", "imported": imported.pk, "judged": judged}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, asked)
        cursor.execute("SELECT email, name FROM imported_person")
        named = dict(cursor.fetchall())
    new = [Person(email=email, name=name[:150], elsewhere=True, is_active=False) for email, name in named.items()]
    for person in new:
        person.set_unusable_password()
    Person.objects.bulk_create(new, batch_size=1000, ignore_conflicts=True)
