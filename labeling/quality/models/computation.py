"""When the figures of a project were computed, and whether they are being computed now."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Self

from django.db import connection, models, transaction
from django.db.models import ExpressionWrapper, F, Q
from django.utils import timezone

from labeling.projects.models import Project

EVERY = 100  # new judgements that say how far people can be trusted,
OF_OTHERS = 10  # times as many of others
REST = 20  # times as long as it took, before it is done again unasked: a twentieth of one core at most
RUNNING = """
SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint FROM pg_current_snapshot() now
"""  # the oldest transaction that goes on, and the one that follows
LOCK = 0x7A28  # of PostgreSQL's advisory locks: whoever computes has that of the project, as long as they live


class ComputationQuerySet(models.QuerySet["Computation"]):
    def of(self, project: Project) -> "Computation":
        return self.get_or_create(project=project)[0]

    def shown(self, project: Project) -> "Computation":
        """For a page, which writes nothing: one that is not saved where nobody has asked yet."""
        return self.filter(project=project).first() or Computation(project=project)

    def due(self, now: datetime) -> Self:
        """Asked for, or grown old by what was judged since; and nobody is at it."""
        rested = ExpressionWrapper(F("computed_at") + F("took") * REST, models.DateTimeField())
        many = Q(telling__gte=EVERY) | Q(new__gte=EVERY * OF_OTHERS)
        old = many & (Q(computed_at=None) | Q(rested_at__lt=now))
        return self.annotate(rested_at=rested).filter(Q(asked_at__isnull=False) | old, began_at=None)

    def fail_dead(self) -> None:
        """Of those that somebody began and nobody is at any more, their process having been killed. They are not begun
        anew unasked: the same may come of it."""
        for computation in self.filter(began_at__isnull=False):
            with computation.alone() as nobody_else:
                if nobody_else:
                    computation.fail()

    def ask_for_all(self) -> None:
        """What is kept for reviewers is looked at as a whole with the next figures."""
        self.update(wholes=F("wholes") + 1)


class Computation(models.Model):
    """One a project. `done` of `steps` is how far it has come while `began_at` is set.

    `new` counts the judgements since, up to the one with the key `counted_to`; `telling` are those of them on pairs
    that several judge, known answers and pairs seen again, which say more than what somebody judged alone. Keys are
    given before they are committed, so one may be passed over: it decides when to compute, and nothing that is
    computed.
    """

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="computation")
    asked_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    done = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=0)
    computed_at = models.DateTimeField(null=True, help_text="the moment whose judgements the figures are of")
    took = models.DurationField(default=timedelta)
    failed_at = models.DateTimeField(null=True, help_text="of the last attempt, if it did")
    counted_to = models.BigIntegerField(default=0)
    noted_to = models.BigIntegerField(default=0, help_text="key up to which it is known what waits for reviewers")
    settled_to = models.BigIntegerField(default=0, help_text="the same, and that none up to it can be missing")
    looked_to = models.BigIntegerField(default=0, help_text="key up to which none is missing once")
    looked_by = models.BigIntegerField(default=0, help_text="transactions before this one are over")
    wholes = models.PositiveIntegerField(default=0, help_text="how often it was asked to look at all of it since")
    new = models.PositiveIntegerField(default=0)
    telling = models.PositiveIntegerField(default=0)

    objects = ComputationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"figures of {self.project}"

    @property
    def is_waited_for(self) -> bool:
        return self.asked_at is not None or self.began_at is not None

    def ask(self) -> None:
        """For new figures, soon; whoever is computing is not interrupted, and it is done once more after them."""
        Computation.objects.filter(pk=self.pk, asked_at=None).update(asked_at=timezone.now())

    def count(self, to: int, judgements: int, telling: int) -> None:
        """So many more, up to that key; what another worker has counted meanwhile is not counted twice."""
        open_ = Computation.objects.filter(pk=self.pk, counted_to=self.counted_to)
        open_.update(counted_to=to, new=F("new") + judgements, telling=F("telling") + telling)

    def note(self, to: int) -> None:
        """What waits for reviewers is known up to that key."""
        Computation.objects.filter(pk=self.pk).update(noted_to=to)

    def look_again(self, newest: int) -> int:
        """The key up to which every judgement is committed, or never will be: that of an earlier time, once all
        transactions of then are over. The newest key there is now is remembered for the next time."""
        with connection.cursor() as cursor:
            cursor.execute(RUNNING)
            oldest, following = cursor.fetchone()
        self.refresh_from_db(fields=["settled_to", "looked_to", "looked_by", "wholes"])
        if oldest < self.looked_by <= following:  # more than follow: they were another server's, before a restore
            return self.settled_to
        settled = self.looked_to
        self.looked_to, self.looked_by = newest, following
        self.save(update_fields=["looked_to", "looked_by"])
        return settled

    def settle(self, to: int) -> None:
        """None is missing up to that key; all of it was looked at if that was asked for, unless it was once more."""
        Computation.objects.filter(pk=self.pk).update(settled_to=to)
        Computation.objects.filter(pk=self.pk, wholes=self.wholes).update(wholes=0)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else is at it, which stays so meanwhile. With its process the connection ends, and with that
        the lock."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, self.pk])
            ours = bool(cursor.fetchone()[0])
        try:
            yield ours
        finally:
            if ours and connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, self.pk])

    def begin(self, steps: int, newest: int) -> bool:
        """True for one caller, who is `alone`, until it ends. `newest` is the key of the last judgement there is."""
        now = timezone.now()
        with transaction.atomic():
            if not Computation.objects.due(now).filter(pk=self.pk).select_for_update(skip_locked=True).exists():
                return False
            began = {"began_at": now, "asked_at": None, "done": 0, "steps": steps, "failed_at": None}
            Computation.objects.filter(pk=self.pk).update(**began, counted_to=newest, new=0, telling=0)
        self.began_at, self.done = now, 0
        return True

    def advance(self, to: int) -> None:
        """Written where it says something new."""
        if to > self.done:
            self._mine().update(done=to)
            self.done = to

    def end(self) -> bool:
        """Whether it was still this one's to end."""
        ended = {"began_at": None, "computed_at": self.began_at, "took": timezone.now() - self._began()}
        return self._mine().update(**ended) == 1

    def fail(self) -> None:
        self._mine().update(began_at=None, failed_at=timezone.now())

    def _mine(self) -> ComputationQuerySet:
        return Computation.objects.filter(pk=self.pk, began_at=self.began_at)

    def _began(self) -> datetime:
        assert self.began_at  # noqa: S101 - nothing ends that has not begun
        return self.began_at
