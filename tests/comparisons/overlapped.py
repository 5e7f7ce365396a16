"""A project in which every pair is judged by several people."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons import authoring, leases
from labeling.comparisons.models import Assignment, Comparison, Overlap, Timing, Verdict
from labeling.projects.models import Axis, Project
from tests.people import answer, ask, join, make_project

PEOPLE = ("carol", "dave", "erin")


@pytest.fixture
def people(alice) -> list[Person]:
    """Alice's colleagues."""
    return [join("first", f"{name}@example.org") for name in PEOPLE]


@pytest.fixture
def project(people) -> Project:
    """Three people for each pair, and one more where they disagree."""
    return overlapped(make_project("help", (Axis.HELPFULNESS,)), 3)


def overlapped(project: Project, wanted: int, share: int = 100, most_extra: int = 1) -> Project:
    project.enrolments.update(overlap=wanted)
    Project.objects.filter(pk=project.pk).update(overlap_share=share, most_extra=most_extra)
    return project


def judged_by(author: Person, project: Project) -> Comparison:
    """A pair of the author's, whose first response they prefer."""
    turn = ask(author, project)
    answer(turn)
    for own in turn.comparison.own_assignments():
        authoring.judge(own, prefers_first(own), uuid.uuid4(), Timing())
    return turn.comparison


def prefers_first(assignment: Assignment, degree: int = 3) -> Verdict:
    return prefers(assignment, True, degree)


def prefers(assignment: Assignment, first: bool, degree: int = 3) -> Verdict:
    pair = assignment.comparison.first, assignment.comparison.second
    chosen, rejected = pair if first else pair[::-1]
    labels = {"chosen_safe": True, "rejected_safe": True} if assignment.axis == Axis.SAFETY else {}
    return Verdict(chosen=chosen, rejected=rejected, degree=degree, **labels)


def claim(person: Person, project: Project) -> Assignment | None:
    return leases.claim(person, project.rounds.get(state="open"), project.axes_in_order())


def lapse(assignment: Assignment) -> None:
    """As if its page had been closed some time ago, and the sweeper had come by."""
    Assignment.objects.filter(pk=assignment.pk).update(leased_until=timezone.now() - timedelta(hours=1))
    leases.take_back_lapsed()
    assignment.refresh_from_db()


def free_slots(comparison: Comparison, axis: Axis = Axis.HELPFULNESS) -> list[int]:
    return Overlap.objects.get(comparison=comparison, axis=axis).free
