"""What comes next for a person in a project."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.http import Http404
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons import at_once, desks, reading
from labeling.comparisons.at_once import MOST_WRITTEN
from labeling.comparisons.authoring import going_on_from
from labeling.comparisons.models import Assignment, Comparison, Report
from labeling.dialogues.models import UNFINISHED, Completion, Dialogue, State
from labeling.postgresql.statements import Statement
from labeling.projects.models import Axis, GuidelineVersion, Project, Round

FRESH = timedelta(days=14)  # an answer that was not looked at for so long is only in the list
FEW = 5  # judgements that say nothing yet about a pace


class Terms(NamedTuple):
    """How much one enrolment gives a person: a day and in all, None without a limit; `done` only where there is one in
    all."""

    axis: str
    per_day: int | None
    in_all: int | None
    done: int | None


@dataclass
class Desk:
    """A person at work in a project, as it was when it was read. Reads only.

    `round` is the one that takes work now, or one under review in which an answer of theirs was sent back; there is
    none while the project is stopped, or the person is paused, or has to pass a test for each of its axes.
    `enrolled` are the terms of each enrolment that they work by, `paused` is why they work by none now, `lacking` the
    qualifications that other enrolments ask for and they do not have, `unread` the guidelines of the round that they
    have not acknowledged, by axis, `done_by_axis` their judgements since midnight, `open_by_axis` the pairs of the
    round that they have to judge, `last` the assignment they judged or changed last in the round, `passed` where they
    have passed on a pair since, `answers` what managers have answered lately that they have not seen, and `pair` the
    comparison that they are to judge next. `wanted` is whether a comparison that somebody else began wants one more
    judgement of anybody, and `planned` what is planned for them, with its chance to come next. `timed` is how many of
    their judgements since midnight were timed, and the seconds that those took.
    `opted_in` is whether they have agreed to the project's content warning, `exposed` how many pairs of safety work
    they have had since midnight, here and elsewhere, those included that they passed on or have to judge.
    """

    person: Person
    project: Project
    round: Round | None
    enrolled: list[Terms]
    paused: str
    lacking: set[int]
    unread: dict[str, int]
    done_by_axis: Counter[str]
    open_by_axis: Counter[str]
    last: uuid.UUID | None
    passed: int | None
    answers: list[Report]
    opted_in: bool
    exposed: int
    pair: uuid.UUID | None
    wanted: bool
    planned: tuple[uuid.UUID, float] | None
    timed: tuple[int, float]

    @classmethod
    def all_of(cls, person: Person) -> list["Desk"]:
        """One in each project that is open to this person."""
        return cls._read(person, desks.EVERY)

    @classmethod
    def at(cls, person: Person, slug: str) -> "Desk":
        """Http404 where none of their cohorts is enrolled, as if there were no such project."""
        found = cls._read(person, desks.NAMED, slug=slug)
        if not found:
            raise Http404
        return found[0]

    @classmethod
    def of(cls, person: Person, project: int) -> "Desk":
        """Whether or not they are still enrolled: what one has begun may be finished."""
        return cls._read(person, desks.ANY, project=project)[0]

    @classmethod
    def _read(cls, person: Person, statement: Statement, **values: Any) -> list["Desk"]:
        when = {**at_once.today(), "fresh": timezone.now() - FRESH}
        rows = statement.rows({"person": person.pk, **when, **values})
        return [cls._made(person, desks.Row(*row)) for row in rows]

    @classmethod
    def _made(cls, person: Person, row: desks.Row) -> "Desk":
        project = reading.instance(Project, row.project)
        every = row.enrolled or []
        at_work = [(Terms(*terms), lacks) for *terms, paused, lacks in every if not paused]
        enrolled = [terms for terms, lacks in at_work if not lacks]
        paused = every[0][-2] if every and not at_work else ""
        round_ = reading.instance(Round, row.round) if row.round and (enrolled or not every) else None
        if round_:
            round_.project = project
        days = row.done or []
        return cls(
            person=person,
            project=project,
            round=round_,
            enrolled=enrolled,
            paused=paused,
            lacking={one for _terms, lacks in at_work for one in lacks or []},
            unread=row.unread or {},
            done_by_axis=Counter({axis: done for axis, done, _timed, _seconds in days}),
            open_by_axis=Counter(row.open or []),
            last=row.last,
            passed=row.passed,
            answers=[reading.instance(Report, report) for report in row.answers or []],
            opted_in=row.opted_in,
            exposed=row.exposed,
            pair=row.pair,
            wanted=row.wanted,
            planned=first_of(row.planned or [], {terms.axis for terms in enrolled}),
            timed=(sum(timed for _axis, _done, timed, _seconds in days), sum(day[-1] for day in days)),
        )

    @cached_property
    def axes(self) -> list[Axis]:
        """The project's axes on which this person is enrolled, in the order they are judged."""
        mine = {terms.axis for terms in self.enrolled}
        return [axis for axis in self.project.axes_in_order() if axis in mine]

    @property
    def done_today(self) -> int:
        return self.done_by_axis.total()

    @property
    def quota_by_axis(self) -> dict[str, int | None]:
        """Judgements per day; the most generous of one's cohorts counts, and None is no limit."""
        quotas: dict[str, int | None] = {}
        for axis in self.axes:
            limits = [terms.per_day for terms in self.enrolled if terms.axis == axis]
            quotas[axis] = None if None in limits else max(limit or 0 for limit in limits)
        return quotas

    @cached_property
    def left_in_all(self) -> dict[str, int]:
        """Judgements until the quota in all is reached, on the axes that have one; the most generous cohort counts."""
        left: dict[str, int] = {}
        for axis in self.axes:
            limits = [
                None if one.in_all is None else one.in_all - (one.done or 0)
                for one in self.enrolled
                if one.axis == axis
            ]
            if None not in limits:
                left[axis] = max(limit or 0 for limit in limits)
        return left

    @property
    def quota_today(self) -> int | None:
        """Over all axes; None as soon as one of them has no limit."""
        quotas = self.quota_by_axis.values()
        return None if None in quotas else sum(quota or 0 for quota in quotas)

    @property
    def pace(self) -> int | None:
        """Judgements an hour at work, as today's go; None while there are too few to say."""
        timed, seconds = self.timed
        return round(3600 * timed / seconds) if seconds and timed >= FEW else None

    @property
    def finished(self) -> bool:
        """As many judgements as are theirs in this project, whatever the day; the first axis that is full ends it."""
        return any(left <= 0 for left in self.left_in_all.values())

    @property
    def finished_for_today(self) -> bool:
        """A pair is judged on all axes, so the first axis that is full ends the day, and so does too much of safety."""
        if self.saw_enough or self.finished:
            return True
        full = (quota is not None and self.done_by_axis[axis] >= quota for axis, quota in self.quota_by_axis.items())
        return any(full)

    @property
    def saw_enough(self) -> bool:
        """As much safety work in a day as the project lets anybody do, without what they have to judge here."""
        return self._sees_enough_with(self.exposed - self.open_by_axis[Axis.SAFETY])

    def _sees_enough_with(self, pairs: int) -> bool:
        limit = self.project.safety_per_day
        return limit is not None and Axis.SAFETY in self.axes and pairs >= limit

    @property
    def has_room_today(self) -> bool:
        """Whether the day allows one more pair beside those that they have to judge, as `at_once.ROOM` says."""
        given = self.done_by_axis + self.open_by_axis
        full = (quota is not None and given[axis] >= quota for axis, quota in self.quota_by_axis.items())
        used_up = any(self.open_by_axis[axis] >= left for axis, left in self.left_in_all.items())
        return not self._sees_enough_with(self.exposed) and not used_up and not any(full)

    @property
    def must_be_warned(self) -> bool:
        return self.project.has_warning and not self.opted_in

    @property
    def asks_first(self) -> bool:
        """Something has to be read before any work: what they agree to, the content warning, or a guideline."""
        return self.person.must_agree or self.must_be_warned or self.unread_guideline is not None

    @cached_property
    def round_has_enough(self) -> bool:
        """No new dialogue is wanted: the round's target is reached by what is judged and what is under way."""
        return self.round is not None and Comparison.objects.enough_for(self.round)

    @cached_property
    def unread_guideline(self) -> GuidelineVersion | None:
        """The first guideline of this round that the person has not acknowledged."""
        first = next((self.unread[axis] for axis in self.axes if axis in self.unread), None)
        return GuidelineVersion.objects.select_related("project").get(pk=first) if first else None

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
        """The next axis of a pair to judge, which they began or hold."""
        return reading.next_of_pair(self.person, self.pair) if self.pair else None

    def waiting_for(self, turn: uuid.UUID) -> Assignment | None:
        """The next axis of this own pair."""
        return reading.next_of_turn(self.person, self.round, turn) if self.round else None

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


def first_of(planned: list[tuple[str, str, float]], axes: set[str]) -> tuple[uuid.UUID, float] | None:
    """On an axis on which they work now: they may not work any more where it was planned."""
    return next(((uuid.UUID(key), chance) for key, axis, chance in planned if axis in axes), None)


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
    before = before.exclude(discard_reason=Completion.STOPPED)  # which they did themselves
    places = set(before.values_list("draw", flat=True))
    return [letter for letter, draw in late.items() if draw in places]
