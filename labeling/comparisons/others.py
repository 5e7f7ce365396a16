"""What is asked of others than the authors in a round, and how far that has come."""

from dataclasses import dataclass

from django.db.models import Count, F, Func, IntegerField, Q, Sum
from django.utils import timezone

from labeling.comparisons.models import Assignment, Overlap
from labeling.projects.models import Round


@dataclass
class Others:
    """Judgements that were made and stand, are on a page, and that nobody has yet; and those that came too late."""

    judged: int
    leased: int
    open: int
    surplus: int

    @classmethod
    def of(cls, round_: Round) -> "Others":
        theirs = Assignment.objects.standing().filter(comparison__round=round_)
        late, live = Q(slot=None, done_at__isnull=False), Q(done_at=None, leased_until__gt=timezone.now())
        counts = theirs.exclude(kind=Assignment.Kind.AUTHOR).aggregate(
            judged=Count("pk", filter=Q(slot__isnull=False, done_at__isnull=False)),
            leased=Count("pk", filter=live),
            surplus=Count("pk", filter=late & Q(kind=Assignment.Kind.OVERLAP)),
        )
        slots = Func(F("free"), function="cardinality", output_field=IntegerField())
        free = Overlap.objects.filter(round=round_).with_room().aggregate(n=Sum(slots))
        return cls(**counts, open=free["n"] or 0)

    @property
    def any(self) -> bool:
        return bool(self.judged or self.leased or self.open or self.surplus)
