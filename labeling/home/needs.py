"""What waits for a manager, across all of their projects."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.cohorts.models import Person
from labeling.comparisons.models import Report
from labeling.comparisons.stranded import FEW, Stranded
from labeling.dialogues.runtime import present
from labeling.exams.models import Answer
from labeling.projects.access import may_grade
from labeling.projects.models import ModelVersion, Project, Round
from labeling.projects.setting_up import Next, next_steps


@dataclass(frozen=True)
class Need:
    """What it is about, one sentence, and the button that leads there."""

    about: str
    sentence: str
    label: str
    url: str


@dataclass(frozen=True)
class Managed:
    """A project in which work goes on by itself."""

    project: Project
    next: Next


def managed(projects: Sequence[Project], person: Person) -> tuple[list[Need], list[Managed]]:
    """What needs somebody, the most urgent first, and the projects that need nobody now.

    As many queries for many projects as for one, but for those of `next_steps`.
    """
    if not projects:
        return _texts(person), []
    steps = next_steps(projects)
    waiting = [project for project in projects if not steps[project.pk].runs]
    needed = [_next(project, steps[project.pk]) for project in waiting]
    running = [Managed(project, steps[project.pk]) for project in projects if steps[project.pk].runs]
    urgent = [*_without_worker(projects), *_stranded(projects), *_reports(projects), *_texts(person)]
    return [*urgent, *needed, *_drafts(running), *_failed_checks(projects)], running


def _next(project: Project, step: Next) -> Need:
    """What is posted there is done on the project's page, which says what it does."""
    url = reverse("project", args=[project.slug]) if step.posts else step.url
    return Need(project.name, step.sentence, step.label, url)


def _without_worker(projects: Sequence[Project]) -> list[Need]:
    """Nothing is said while the stream is away: the pages of annotators tell that themselves."""
    there = present()
    if there is None:
        return []
    asked = Q(pairpolicyentry__round__state=Round.State.OPEN, pairpolicyentry__round__project__in=projects)
    versions = ModelVersion.objects.filter(asked).distinct().order_by("name")
    return [
        Need(
            version.name,
            _("No worker answers for it, and annotators wait for its responses."),
            _("Look at the workers"),
            reverse("runtime"),
        )
        for version in versions
        if not any(worker.can_serve(version.source) for worker in there)
    ]


def _stranded(projects: Sequence[Project]) -> list[Need]:
    found = Stranded.of_all(projects, FEW)
    return [
        Need(
            project.name,
            ngettext(
                "%(n)d pair waits for somebody who is not there.",
                "%(n)d pairs wait for somebody who is not there.",
                found[project.pk].pairs,
            )
            % {"n": found[project.pk].pairs},
            _("See why"),
            reverse("leases", args=[project.slug]),
        )
        for project in projects
        if project.pk in found
    ]


def _reports(projects: Sequence[Project]) -> list[Need]:
    waiting = Report.objects.open().filter(project__in=projects).order_by().values_list("project").annotate(Count("pk"))
    counted = dict(waiting)
    return [
        Need(
            project.name,
            ngettext("%(n)d report waits for an answer.", "%(n)d reports wait for an answer.", counted[project.pk])
            % {"n": counted[project.pk]},
            _("Read and answer"),
            reverse("reports", args=[project.slug]),
        )
        for project in projects
        if project.pk in counted
    ]


def _texts(person: Person) -> list[Need]:
    """Of candidates, which this person may grade: who wrote them cannot work before."""
    if not may_grade(person):
        return []
    waiting = Answer.objects.to_grade(person).count()
    if not waiting:
        return []
    said = ngettext("One text of a candidate waits for a grade.", "%(n)d texts wait for a grade.", waiting)
    return [Need(_("Exams"), said % {"n": waiting}, _("Read and grade"), reverse("grading"))]


def _drafts(running: Sequence[Managed]) -> list[Need]:
    """Drafts beside a round that is open, as far as they lack models. A project's other drafts are its next step."""
    unready = Q(policy__model_version__checked_at=None)
    drafts = Round.objects.filter(project__in=[one.project for one in running], state=Round.State.DRAFT)
    counted = drafts.annotate(models=Count("policy"), unready=Count("policy", filter=unready)).select_related("project")
    lacking = [draft for draft in counted if draft.unready or draft.models < 1 + draft.two_different_versions]
    return [
        Need(
            draft.project.name,
            _("Round %(n)d is a draft, and its models are not chosen or not ready.") % {"n": draft.number},
            _("Go on with round %(n)d") % {"n": draft.number},
            reverse("round", args=[draft.project.slug, draft.number]),
        )
        for draft in lacking
    ]


def _failed_checks(projects: Sequence[Project]) -> list[Need]:
    """Of versions in their drafts, and of those that no round has taken yet."""
    theirs = Q(pairpolicyentry=None) | Q(pairpolicyentry__round__project__in=projects)
    failed = ModelVersion.objects.filter(theirs, checked_at=None).exclude(check_error="").distinct().order_by("name")
    return [
        Need(
            version.name,
            _("Its check failed, so no round can use it."),
            _("See what the worker said"),
            reverse("model_version", args=[version.pk]),
        )
        for version in failed
    ]
