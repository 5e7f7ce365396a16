"""Who is asked about a comparison, and how an answer is taken."""

import uuid
from typing import Any, Self, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person, Withdrawal
from labeling.comparisons.models.holding import HOLD, HOLD_OWN
from labeling.comparisons.models.judgement import Judgement, Said, Timing
from labeling.dialogues.models import Completion, Turn
from labeling.projects.models import Axis, GuidelineVersion

OR_ELSEWHERE: Any = {"null": True}  # the types say it is there: so it is of all work that is done here


class NotReady(Exception):
    """A response of the pair is not complete or was replaced, or the round takes no judgements any more."""


class AlreadySaid(Exception):
    """This submit was saved before, with another verdict: what it says now must be submitted anew."""


class SaidElsewhere(Exception):
    """Something else was said meanwhile, in another tab: what this one says would silently take its place."""


class ChoiceIsFinal(Exception):
    """The dialogue has gone on from the chosen response; only degree, labels and comment may still change."""


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def of(self, person: Person) -> Self:
        return self.filter(person=person)

    def done_since(self, moment: object) -> Self:
        return self.filter(done_at__gte=moment)

    def counted(self) -> Self:
        """Judgements that the comparison was to have: no surplus, gold, repeat or adjudication."""
        return self.filter(slot__isnull=False, done_at__isnull=False)

    def withdrawn(self) -> Self:
        """Answers whose person has taken back what they had agreed to when they gave them: they count no more."""
        return self.filter(_taken_back())

    def standing(self) -> Self:
        """All others."""
        return self.exclude(_taken_back())

    def planned(self) -> Self:
        """Pairs that somebody is to get, and does not have on the page. Who goes away from one gets it no more, as any
        other pair, but for what was sent back to them."""
        lapsed = Q(leased_until__lt=timezone.now(), kind=Assignment.Kind.REWORK)
        return self.filter(Q(leased_until=None) | lapsed, done_at=None, chance__isnull=False)

    def leased(self) -> Self:
        """Pairs that somebody else than their author has on the page."""
        return self.filter(done_at=None, leased_until__gt=timezone.now())

    def lapsed(self) -> Self:
        """Pairs that somebody had on the page, and went away from."""
        return self.filter(done_at=None, leased_until__lte=timezone.now())

    def by_pair(self) -> Self:
        """Of those that somebody has on the page, one for each pair and person, with all of its `axes`."""
        same = {"comparison": OuterRef("comparison"), "person": OuterRef("person")}
        theirs = Assignment.objects.leased().filter(**same).order_by("axis")
        return self.exclude(Exists(theirs.filter(axis__lt=OuterRef("axis")))).annotate(
            axes=ArraySubquery(theirs.values("axis"))
        )


def _taken_back() -> Exists:
    return Exists(Withdrawal.objects.of_work_at(OuterRef("person"), OuterRef("judgement__created_at")))


class Assignment(models.Model):
    """One person, one comparison, one axis, and a slot where the answer counts towards what the comparison asks for.

    The same person sees the two responses on the same sides for both axes: having read them once, nobody should have
    to find out that they have changed places.

    Without a slot are gold, repeats and adjudication, and whoever let the lease lapse: their answer takes a slot that
    is free when it comes, or is surplus. With a `chance` it was planned for this person, and comes next with that
    probability whenever they get work.
    """

    class Kind(models.TextChoices):
        AUTHOR = "author", _("own dialogue")
        OVERLAP = "overlap", _("another person's dialogue")
        GOLD = "gold", _("known answer")
        REPEAT = "repeat", _("seen before")
        REWORK = "rework", _("sent back")
        ADJUDICATION = "adjudication", _("adjudication")
        IMPORTED = "imported", _("judged elsewhere")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    comparison = models.ForeignKey("Comparison", on_delete=models.PROTECT, db_index=False, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="assignments")
    axis = models.CharField(max_length=20, choices=Axis)
    slot = models.PositiveSmallIntegerField(null=True, default=0)
    kind = models.CharField(max_length=20, choices=Kind)
    swapped = models.BooleanField(help_text="the second completion stands on the left, as A")
    guideline = models.ForeignKey(
        GuidelineVersion,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty: judged elsewhere",
        **OR_ELSEWHERE,
    )
    leased_until = models.DateTimeField(null=True, help_text="empty for an author, whose own pair never lapses")
    chance = models.FloatField(null=True)
    note = models.TextField(blank=True, default="", db_default="", help_text="why it was sent back, for its person")
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    taken_back_at = models.DateTimeField(null=True, help_text="of a last word: when it ceased to be one")
    judgement = models.OneToOneField(
        Judgement, on_delete=models.PROTECT, null=True, related_name="+", help_text="the current revision"
    )

    objects = AssignmentQuerySet.as_manager()
    takes_work: bool | None = None  # whether the round does, for one that was read and held by the same statement

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "axis", "slot"], name="one_assignment_a_slot"),
            models.CheckConstraint(
                condition=Q(done_at=None, judgement=None) | Q(done_at__isnull=False, judgement__isnull=False),
                name="done_means_judged",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["gold", "repeat", "adjudication"]) | Q(slot=None), name="counted_have_slots"
            ),
            models.CheckConstraint(
                condition=~Q(kind="author") | Q(Q(slot=0) | Q(slot=None), leased_until=None), name="authors_come_first"
            ),
            models.CheckConstraint(
                condition=~Q(kind="imported") & Q(guideline__isnull=False)
                | Q(kind="imported", guideline=None, leased_until=None, chance=None, done_at__isnull=False),
                name="judged_by_a_guideline_or_elsewhere",
            ),
            models.CheckConstraint(condition=Q(chance=None) | Q(chance__gt=0, chance__lte=1), name="chance_is_a_share"),
            models.UniqueConstraint(
                fields=["comparison", "person", "axis"],
                condition=Q(kind__in=["author", "overlap", "gold", "adjudication"], taken_back_at=None),
                name="seen_once_but_in_repeats",
            ),
            models.UniqueConstraint(
                fields=["comparison", "axis"],
                condition=Q(kind="adjudication", taken_back_at=None),
                name="one_adjudication_an_axis",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None) | Q(kind="adjudication", done_at__isnull=False),
                name="last_words_are_taken_back",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "done_at"], name="done_by_person"),
            models.Index(  # which only grows: whoever looks for the few that are not done must not read it
                fields=["person", "judgement"], condition=Q(judgement__isnull=False), name="judged_by_person"
            ),
            models.Index(
                fields=["leased_until"], condition=Q(done_at=None, slot__isnull=False), name="leases_by_their_end"
            ),
            models.Index(
                fields=["person"], condition=Q(done_at=None, slot__isnull=False, kind="rework"), name="rework_to_do"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.axis} of {self.comparison_id} by {self.person.pseudonym}"

    @property
    def is_own(self) -> bool:
        """Of a pair that its person wrote the prompt of, or was handed it, and goes on with."""
        return self.kind == self.Kind.AUTHOR

    def may_be_judged_in(self, state: str) -> bool:
        """Of its round: what was sent back may come while that is reviewed, and so may the last word."""
        return state == "open" or (state == "review" and self.kind in (self.Kind.REWORK, self.Kind.ADJUDICATION))

    def is_withdrawn(self) -> bool:
        """Whether its person has taken back what they had agreed to when they gave the answer: it counts no more."""
        return Assignment.objects.withdrawn().filter(pk=self.pk).exists()

    def leave_slot(self) -> None:
        """It counts no more towards what the comparison asks for."""
        self.slot = None
        self.save(update_fields=["slot"])

    def sides(self) -> tuple[Completion, Completion]:
        """What stands as A and as B."""
        pair = self.comparison.first, self.comparison.second
        return (pair[1], pair[0]) if self.swapped else pair

    @transaction.atomic(savepoint=False)
    def judge(
        self,
        said: Said,
        key: uuid.UUID,
        timing: Timing | None = None,
        instead_of: int | None = None,
        *,
        last: bool = False,
    ) -> Judgement:
        """Append a revision and make it the current one. The same key and words twice are one judgement.

        `instead_of` is the revision that its author had before them, 0 where there was none, None where nobody knows.
        `last` is whether the dialogue has no further turn: it ends once every axis is judged.
        Raises AlreadySaid when the key came before with other words; SaidElsewhere when another revision has come since
        with other words; NotReady while a response is missing, or when the round no longer takes judgements;
        ChoiceIsFinal when another response is chosen after the dialogue has gone on; and IntegrityError for what the
        database forbids. All of them undo the caller's transaction, if it has one.
        """
        takes_work = self.hold() if self.takes_work is None else self.takes_work
        current = self.judgement
        if current and (before := self.said_before(current, said, key, instead_of)):
            return before
        if not takes_work or not self.comparison.is_ready_for(said):
            raise NotReady
        if current and current.chosen_id != said.chosen_id and self.went_on():
            raise ChoiceIsFinal
        judgement = self._next_revision(said, key, timing or Timing())
        overlapped = self.is_own and current is None and self.comparison.is_overlapped()
        if not judgement.append(last, overlapped=overlapped):
            raise NotReady
        self.judgement, self.done_at = judgement, self.done_at or judgement.created_at
        return judgement

    def _next_revision(self, said: Said, key: uuid.UUID, timing: Timing) -> Judgement:
        """Not written yet."""
        return Judgement(
            assignment=self,
            revision=self.judgement.revision + 1 if self.judgement else 1,
            axis=self.axis,
            key=key,
            active_seconds=timing.active,
            elapsed_seconds=timing.elapsed,
            outcome=said.outcome,
            **vars(said),
        )

    def said_before(self, current: Judgement, said: Said, key: uuid.UUID, instead_of: int | None) -> Judgement | None:
        """What a repeated submit stands for, or the same words once more. Raises as `judge` does."""
        if repeated := self.revisions.filter(key=key).first():
            if repeated.said() != said:
                raise AlreadySaid
            return repeated
        if current.said() == said:
            return current
        if instead_of is not None and instead_of != current.revision:
            raise SaidElsewhere
        return None

    def hold(self) -> bool:
        """Nobody else changes what a judgement depends on until the transaction ends; whether the round takes work.

        What is here is what the database has. Locked are, in the order in which everybody does: round and project,
        which many hold at once; the person; the dialogue, so that an author's choice and the prompt that goes on from
        it wait for each other; the assignment. A pair that is ready stays as it is without a lock.
        """
        statement = HOLD_OWN if self.is_own else HOLD
        with connection.cursor() as cursor:
            cursor.execute(statement, [self.pk])
            takes_work, self.judgement_id, self.done_at, self.slot, *pair, ended_at, _mode, _scans = cursor.fetchone()
        self.comparison.ready_at, self.comparison.first_id, self.comparison.second_id = pair
        if self.is_own:
            cast(Turn, self.comparison.turn).dialogue.ended_at = ended_at
        return bool(takes_work)

    def went_on(self) -> bool:
        """Whether they, as its author, have sent the next prompt of this comparison's dialogue."""
        turn = self.comparison.turn if self.is_own else None
        return bool(turn and turn.dialogue.turns.filter(number__gt=turn.number).exists())
