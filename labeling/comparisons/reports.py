"""Reports of a project, as its managers and its annotators read them: a page at a time."""

from dataclasses import dataclass

from django.db.models import QuerySet

from labeling.cohorts.models import Person
from labeling.comparisons.judgements import Side, side_of
from labeling.comparisons.models import Judgement, Report
from labeling.comparisons.said import Said
from labeling.projects.models import Project

PAGE = 20


@dataclass
class Behind:
    """The pair behind a report, as the person who reported it saw it."""

    context: list[Said]
    prompt: Said
    sides: list[Side]

    @classmethod
    def of(cls, report: Report) -> "Behind | None":
        """None where it is about no pair."""
        assignment = report.assignment
        if assignment is None:
            return None
        said = assignment.judgement or Judgement()
        messages = [Said.of(message) for message in assignment.comparison.context]
        sides = [side_of(said, letter, one) for letter, one in zip("AB", assignment.sides(), strict=True)]
        return cls(messages[:-1], messages[-1], sides)


def of(project: Project) -> QuerySet[Report]:
    return project.reports.listed().select_related("person", "answered_by", "assignment__comparison__round")


def shown_to(person: Person, project: Project) -> QuerySet[Report]:
    """What they reported, and what was answered to everybody."""
    return project.reports.shown_to(person).listed().select_related("answered_by")


def page(reports: QuerySet[Report], after: Report | None) -> tuple[list[Report], int | None]:
    """Those after that one in their order, or the first; and the last one's key, where more follow."""
    found = list((reports.below(after) if after else reports)[: PAGE + 1])  # type: ignore[attr-defined]
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None
