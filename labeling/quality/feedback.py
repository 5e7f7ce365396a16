"""What reviewers said about somebody's answers, for themselves: the newest first, a page at a time."""

from dataclasses import dataclass

from labeling.cohorts.models import Person
from labeling.comparisons.mine import Answer
from labeling.comparisons.models import Assignment
from labeling.projects.models import Project
from labeling.quality.models import Review

PAGE = 20


@dataclass
class Feedback:
    """`waits` is whether what was sent back to them is still to be done, `again` whether they have judged it anew."""

    review: Review
    answer: Answer
    waits: bool
    again: bool


def page(person: Person, project: Project, before: int | None) -> tuple[list[Feedback], int | None]:
    """Those before that key, or the newest; and where the next page begins, if there is one."""
    pair = ("judgement__assignment__comparison__first", "judgement__assignment__comparison__second")
    said = person.reviewed.standing().filter(project=project).order_by("-pk")
    said = said.select_related("judgement__assignment__comparison__round__project", *pair)
    if before is not None:
        said = said.filter(pk__lt=before)
    found = list(said[: PAGE + 1])
    rows = found[:PAGE]
    back = [row.rework_id for row in rows if row.rework_id]
    asked = Assignment.objects.filter(pk__in=back)
    waiting = set(asked.filter(done_at=None, slot__isnull=False).values_list("pk", flat=True))
    done = set(asked.exclude(done_at=None).values_list("pk", flat=True))
    told = [Feedback(row, Answer.of(row.judgement), row.rework_id in waiting, row.rework_id in done) for row in rows]
    return told, rows[-1].pk if len(found) > PAGE else None
