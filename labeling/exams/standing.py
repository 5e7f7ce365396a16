"""Whether a person may begin an exam now: what they hold, how often they tried, and how long ago."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.exams.models import Attempt, Exam, MustAgree, Qualification


class NotNow(Exception):
    """The exam cannot be begun: see `standing`."""


@dataclass(frozen=True)
class Standing:
    """How a person stands with an exam. Practice and reading are always theirs; `may_begin` is about what counts."""

    exam: Exam
    taken: list[Attempt]  # the newest first
    held: bool  # what it grants, or a later version of that
    lacks: Qualification | None  # what they have to hold before
    next_at: datetime | None  # when the cooling-off is over; None when it is, or when there is no further attempt
    taken_back: str = ""  # why what they held is theirs no more

    @property
    def current(self) -> Attempt | None:
        """The attempt that they are at."""
        return next((one for one in self.taken if one.state == Attempt.State.OPEN), None)

    @property
    def last(self) -> Attempt | None:
        return self.taken[0] if self.taken else None

    @property
    def waits_for_grades(self) -> bool:
        return any(one.state == Attempt.State.GRADING for one in self.taken)

    @property
    def left(self) -> int:
        return max(0, self.exam.attempts - len(self.taken))

    @property
    def may_begin(self) -> bool:
        busy = self.current or self.waits_for_grades or self.held
        return not busy and self.lacks is None and self.left > 0 and self.next_at is None


def standing(person: Person, exam: Exam) -> Standing:
    taken = list(exam.taken.of(person).order_by("-number"))
    held = set(Qualification.objects.held_by(person).values_list("pk", flat=True))
    return stands(exam, taken, held, taken_back_from(person))


def taken_back_from(person: Person) -> dict[int, str]:
    """Why, by qualification; of what was given again since, it does not matter."""
    ended = person.qualifications.exclude(ended_at=None).order_by("ended_at")
    return dict(ended.values_list("qualification", "ended_because"))


def stands(exam: Exam, taken: list[Attempt], held: set[int], taken_back: dict[int, str]) -> Standing:
    ended = taken[0].finished_at if taken else None
    cooled = ended + timedelta(hours=exam.cooling_off_hours) if ended else None
    return Standing(
        exam=exam,
        taken=taken,
        held=exam.qualification_id in held,
        lacks=exam.after if exam.after_id and exam.after_id not in held else None,
        taken_back="" if exam.qualification_id in held else taken_back.get(exam.qualification_id, ""),
        next_at=cooled if cooled and cooled > timezone.now() and len(taken) < exam.attempts else None,
    )


@transaction.atomic
def begin(person: Person, exam: Exam) -> Attempt:
    """A new attempt, or the one they are at: from two tabs at once it is one. Raises NotNow and MustAgree."""
    must_agree = Person.objects.select_for_update(no_key=True).values_list("must_agree", flat=True).get(pk=person.pk)
    now = standing(person, exam)
    if now.current:
        return now.current
    if not now.may_begin or exam.state != "published":
        raise NotNow
    if must_agree:
        raise MustAgree
    return Attempt.objects.create(person=person, exam=exam, number=len(now.taken) + 1)


def all_of(person: Person) -> list[Standing]:
    """With every exam that is open to this person, and with those that they have taken; as many queries for many."""
    exams = Exam.objects.seen_by(person).select_related("qualification", "after").order_by("name", "version")
    taken = list(Attempt.objects.of(person).order_by("-number"))
    held = set(Qualification.objects.held_by(person).values_list("pk", flat=True))
    lost = taken_back_from(person)
    return [stands(exam, [one for one in taken if one.exam_id == exam.pk], held, lost) for exam in exams]


def first_of(standings: list[Standing], lacking: set[int]) -> Standing | None:
    """Where a person who lacks these qualifications goes next: what they are at, else what they may take first."""
    wanted = list(Qualification.objects.filter(pk__in=lacking))
    leading = [
        one
        for one in standings
        if not one.held and any(one.exam.qualification.holds_for(qualification) for qualification in wanted)
    ]
    return min(leading, key=lambda one: (one.lacks is not None, not one.current), default=None)
