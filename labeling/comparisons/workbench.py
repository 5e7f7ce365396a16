"""What comes next for a person in a project."""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons.at_once import MOST_WRITTEN
from labeling.comparisons.authoring import going_on_from
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues.models import UNFINISHED, Completion, Dialogue, State
from labeling.projects.models import Axis, Enrolment, GuidelineVersion, Project, Round


@dataclass
class Desk:
    """A person at work in a project. Reads only; each answer is fetched once."""

    person: Person
    project: Project
    now: datetime = field(default_factory=timezone.localtime)

    @classmethod
    def all_of(cls, person: Person) -> list["Desk"]:
        """One in each project that is open to this person, in four queries however many there are."""
        open_round = Round.objects.filter(state=Round.State.OPEN, project__stopped_at=None)
        projects = Project.objects.open_to(person).order_by("pk")
        desks = [cls(person, project) for project in projects]
        rounds = {round_.project_id: round_ for round_ in open_round.filter(project__in=projects)}
        enrolments = list(Enrolment.objects.of(person))
        done = done_today(person, timezone.localtime())
        for desk in desks:
            desk.round = rounds.get(desk.project.pk)
            desk.enrolments = [enrolment for enrolment in enrolments if enrolment.project_id == desk.project.pk]
            desk.done_by_axis = Counter(axis for project, axis in done if project == desk.project.pk)
        return desks

    @cached_property
    def round(self) -> Round | None:
        """The round that takes work now; none while the project is stopped."""
        if self.project.stopped_at:
            return None
        return self.project.rounds.filter(state=Round.State.OPEN).select_related("project").first()

    @cached_property
    def enrolments(self) -> list[Enrolment]:
        return list(Enrolment.objects.of(self.person).filter(project=self.project))

    @cached_property
    def axes(self) -> list[Axis]:
        """The project's axes on which this person is enrolled, in the order they are judged."""
        mine = {enrolment.axis for enrolment in self.enrolments}
        return [axis for axis in self.project.axes_in_order() if axis in mine]

    @cached_property
    def done_by_axis(self) -> Counter[str]:
        """Judgements since midnight."""
        return Counter(axis for project, axis in done_today(self.person, self.now) if project == self.project.pk)

    @property
    def done_today(self) -> int:
        return self.done_by_axis.total()

    @property
    def quota_by_axis(self) -> dict[str, int | None]:
        """Judgements per day; the most generous of one's cohorts counts, and None is no limit."""
        quotas: dict[str, int | None] = {}
        for axis in self.axes:
            limits = [enrolment.quota_per_day for enrolment in self.enrolments if enrolment.axis == axis]
            quotas[axis] = None if None in limits else max(limit or 0 for limit in limits)
        return quotas

    @property
    def quota_today(self) -> int | None:
        """Over all axes; None as soon as one of them has no limit."""
        quotas = self.quota_by_axis.values()
        return None if None in quotas else sum(quota or 0 for quota in quotas)

    @property
    def finished_for_today(self) -> bool:
        """A pair is judged on all axes, so the first axis that is full ends the day."""
        full = (quota is not None and self.done_by_axis[axis] >= quota for axis, quota in self.quota_by_axis.items())
        return any(full)

    @cached_property
    def round_has_enough(self) -> bool:
        """No new dialogue is wanted: the round's target is reached by what is judged and what is under way."""
        return self.round is not None and Comparison.objects.enough_for(self.round)

    @cached_property
    def unread_guideline(self) -> GuidelineVersion | None:
        """The first guideline of this round that the person has not acknowledged."""
        if self.round is None:
            return None
        mine = self.round.guidelines.filter(axis__in=self.axes).exclude(acknowledgements__person=self.person)
        by_axis = {guideline.axis: guideline for guideline in mine.select_related("project")}
        return next((by_axis[axis] for axis in self.axes if axis in by_axis), None)

    def going_on(self) -> tuple[Dialogue, Completion] | None:
        """The person's newest dialogue that waits for its next prompt, and the response that is the answer to."""
        if self.project.max_turns == 1:
            return None
        open_ = Dialogue.objects.filter(author=self.person, round=self.round, ended_at=None, turns__isnull=False)
        for dialogue in open_.distinct().order_by("-created_at")[: MOST_WRITTEN + 1]:
            if response := self.may_go_on(dialogue):
                return dialogue, response
        return None

    def waiting(self) -> Assignment | None:
        """The next axis of the own pair to go on with: the one begun on its first axis, else one that is complete,
        else the newest. Found by its key first: of the pair's many rows only one is read."""
        mine = Assignment.objects.of(self.person).filter(comparison=OuterRef("comparison"), done_at__isnull=False)
        complete = Q(comparison__ready_at__isnull=False)
        order = (Exists(mine).desc(), ExpressionWrapper(complete, BooleanField()).desc(), "-created_at")
        found = self._unjudged().order_by(*order).values_list("comparison__turn", flat=True).first()
        return self.waiting_for(found) if found else None

    def waiting_for(self, turn: uuid.UUID) -> Assignment | None:
        """The next axis of this own pair."""
        pair = self._unjudged().filter(comparison__turn=turn).select_related(*PAIR)
        return min(pair, key=lambda assignment: Axis.values.index(assignment.axis), default=None)

    def _unjudged(self) -> QuerySet[Assignment]:
        return Assignment.objects.of(self.person).filter(
            kind=Assignment.Kind.AUTHOR,
            done_at=None,
            comparison__round=self.round,
            comparison__turn__dialogue__ended_at=None,
        )

    def being_written(self) -> int:
        """How many of the person's pairs are still to come."""
        return Comparison.objects.filter(
            round=self.round, ready_at=None, turn__dialogue__author=self.person, turn__dialogue__ended_at=None
        ).count()

    def may_go_on(self, dialogue: Dialogue) -> Completion | None:
        """The response the next prompt answers; None when the dialogue has no turn left, or nothing was chosen."""
        last = dialogue.turns.order_by("-number").select_related("comparison").first()
        if last is None or last.number >= self.project.max_turns:
            return None
        return going_on_from(last.comparison)


def done_today(person: Person, now: datetime) -> list[tuple[int, str]]:
    """Project and axis of each judgement since midnight."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    done = Assignment.objects.of(person).done_since(midnight)
    return list(done.values_list("comparison__project_id", "axis"))


PAIR = (
    "comparison__round",
    "comparison__project",
    "comparison__turn__dialogue",
    "comparison__first",
    "comparison__second",
    "guideline",
)


def settled(completions: tuple[Completion, Completion]) -> bool:
    """Neither response will change by itself any more."""
    return all(completion.state not in UNFINISHED for completion in completions)


def replaced(assignment: Assignment) -> list[str]:
    """The letters of those that stand where this person saw another response before."""
    gone = (State.FAILED, State.CANCELLED)  # that a response is missing is said already
    late = {
        letter: shown.draw  # asked for after the pair was assigned: it replaces another, or was tried again
        for letter, shown in zip("AB", assignment.sides(), strict=True)
        if shown.queued_at > assignment.created_at and shown.state not in gone
    }
    if not late:
        return []
    before = Completion.objects.filter(turn=assignment.comparison.turn_id, discarded_at__gte=assignment.created_at)
    places = set(before.values_list("draw", flat=True))
    return [letter for letter, draw in late.items() if draw in places]
