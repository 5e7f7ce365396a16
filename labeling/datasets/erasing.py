"""Taking back what has left: whose judgements are in which snapshots, who trained on them, and deleting their files."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from labeling.cohorts.models import Person
from labeling.datasets import files
from labeling.datasets.models import Push, Snapshot, Use
from labeling.projects.models import Project

WITHDRAWN = """
SELECT person.pseudonym, withdrawn.at, snapshot.number, snapshot.state, count(*)
FROM (
    SELECT person_id, max(withdrawn_at) AS at, max(coalesce(back_at, 'infinity')) AS until
    FROM cohorts_withdrawal GROUP BY person_id
) withdrawn
JOIN cohorts_person person ON person.id = withdrawn.person_id
JOIN comparisons_assignment assignment ON assignment.person_id = withdrawn.person_id
JOIN comparisons_judgement judgement ON judgement.assignment_id = assignment.id
    AND judgement.created_at < withdrawn.until
JOIN datasets_member member ON member.judgement_id = judgement.id AND member.reason <> 'withdrawn'
JOIN datasets_snapshot snapshot ON snapshot.id = member.snapshot_id AND snapshot.project_id = %s
GROUP BY person.pseudonym, withdrawn.at, snapshot.number, snapshot.state
ORDER BY withdrawn.at DESC, person.pseudonym, snapshot.number
"""


@dataclass
class Held:
    """A snapshot that holds judgements of somebody who has withdrawn, what was trained on it, and where it was sent."""

    number: int
    state: str
    judgements: int
    uses: list[str]
    hubs: list[str]


@dataclass
class Gone:
    annotator: str
    at: datetime
    held: list[Held] = field(default_factory=list)


def withdrawn(project: Project) -> list[Gone]:
    """Whoever has withdrawn, the last one first, with what was made before."""
    uses = named(Use.objects.filter(snapshot__project=project))
    hubs = named(Push.objects.filter(snapshot__project=project, state=Push.State.DONE))
    people: dict[str, Gone] = {}
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAWN, [project.pk])
        for annotator, at, number, state, judgements in cursor:
            gone = people.setdefault(annotator, Gone(annotator, at))
            gone.held.append(Held(number, state, judgements, uses[number], hubs[number]))
    return list(people.values())


def named(found: QuerySet[Use] | QuerySet[Push]) -> dict[int, list[str]]:
    """What each snapshot, by its number, was given to; each once."""
    names: dict[int, list[str]] = defaultdict(list)
    for number, name in found.order_by("name").values_list("snapshot__number", "name").distinct():
        names[number].append(name)
    return names


def erase(snapshot: Snapshot, by: Person | None, why: str) -> None:
    """Its bytes, but for those that another snapshot has as well; manifest and hashes stay. It counts as erased before
    they are gone, so that nobody fetches half of it; asked for once more, what a store did not delete is deleted.
    Raises NotNow, and what the store raises."""
    if snapshot.state != Snapshot.State.ERASED:
        snapshot.erase(by, why)
    files.erase(snapshot)
