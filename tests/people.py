"""A small world to test in: two cohorts, a manager, projects with open rounds and scripted models."""

import uuid
from typing import Any

import pytest
from django.utils import timezone

from labeling.cohorts.models import Cohort, Membership, Person
from labeling.comparisons import authoring
from labeling.comparisons.models import Assignment
from labeling.dialogues import generation
from labeling.dialogues.models import Turn
from labeling.projects.models import (
    Acknowledgement,
    Axis,
    Enrolment,
    GuidelineVersion,
    ModelVersion,
    OptIn,
    PairPolicyEntry,
    Project,
    Role,
    Round,
)


def join(cohort: str, email: str) -> Person:
    person = Person.objects.create_user(email, name=email.split("@")[0].title())
    Membership.objects.create(cohort=Cohort.objects.get_or_create(name=cohort)[0], person=person)
    return person


@pytest.fixture
def alice(db) -> Person:
    return join("first", "alice@example.org")


@pytest.fixture
def bob(db) -> Person:
    """An annotator of another cohort, who has work elsewhere and none in Alice's projects."""
    return join("second", "bob@example.org")


@pytest.fixture
def manager(db) -> Person:
    return Person.objects.create_user("manager@example.org", name="Maria", is_staff=True)


def make_project(
    slug: str = "both",
    axes: tuple[Axis, ...] = (Axis.HELPFULNESS, Axis.SAFETY),
    *,
    sources: tuple[str, str] = ("scripted", "scripted"),
    engine: str = "scripted",
    cohort: str = "first",
    max_turns: int = 1,
    target: int | None = None,
    max_new_tokens: int = 64,
    prompt_uses: int | None = None,
    **fields: Any,
) -> Project:
    """A project with an open round, its guidelines read, and its warning agreed to, by everybody in the cohort."""
    project = Project.objects.create(
        slug=slug, name=slug.title(), axes=[str(axis) for axis in axes], max_turns=max_turns, **fields
    )
    members = Cohort.objects.get_or_create(name=cohort)[0]
    for axis in axes:
        guideline = GuidelineVersion.objects.create(project=project, axis=axis, number=1, text="Read *both*.")
        Enrolment.objects.create(cohort=members, project=project, axis=axis)
        for person in members.people.all():
            Acknowledgement.objects.create(person=person, guideline=guideline)
    if project.has_warning:
        for person in members.people.all():
            OptIn.objects.give(person, project)
    terms = {"max_new_tokens": max_new_tokens, "target": target, "prompt_uses": prompt_uses}
    round_ = Round.objects.create(project=project, number=1, **terms)
    for place, source in enumerate(sources):
        version = ModelVersion.objects.create(
            name=f"{slug}-{place}",
            engine=engine,
            source=source,
            system_prompt=f"You are number {place}.",
            checked_at=timezone.now(),
        )
        PairPolicyEntry.objects.create(round=round_, model_version=version)
    round_.open()
    return project


def manage(project: Project, person: Person) -> None:
    Role.objects.create(project=project, person=person, kind=Role.Kind.MANAGER)


@pytest.fixture
def project(alice: Person) -> Project:
    return make_project()


def ask(person: Person, project: Project, text: str = "Why is the sky blue?", **turn: Any) -> Turn:
    """What the workbench does with a prompt."""
    round_ = project.rounds.get(state="open")
    where = {"dialogue": uuid.uuid4(), "number": 1, **turn}
    return authoring.ask(person, round_, project.axes_in_order(), text=text, **where)


def answer(turn: Turn, *texts: str) -> None:
    """What a worker's receipts do: both responses arrive."""
    for completion, text in zip(turn.completions.current().order_by("draw"), texts or ("One.", "Two."), strict=True):
        generation.store(completion, completion.attempt, result(text))


def result(text: str = "One.") -> dict[str, Any]:
    return {
        "text": text,
        "prompt_tokens": 5,
        "completion_tokens": 2,
        "finish_reason": "stop",
        "first_token_seconds": 0.1,
        "seconds": 0.2,
    }


@pytest.fixture
def turn(alice: Person, project: Project) -> Turn:
    return ask(alice, project)


@pytest.fixture
def assignment(turn: Turn) -> Assignment:
    """Alice's, on the helpfulness axis, with both responses complete."""
    answer(turn)
    return Assignment.objects.get(comparison__turn=turn, axis=Axis.HELPFULNESS)


@pytest.fixture
def safety(assignment: Assignment) -> Assignment:
    return Assignment.objects.get(comparison=assignment.comparison, axis=Axis.SAFETY)
