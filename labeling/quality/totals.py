"""What was counted of each person in all rounds, and of whom something stands out beside the others."""

from collections import defaultdict
from collections.abc import Iterable

from labeling.quality.evidence import Habits, Matter, matter, signals
from labeling.quality.habits import habits
from labeling.quality.models import Counted, Counts, Total

RANKS = (Matter.CARELESS, Matter.OPEN, Matter.MINORITY, Matter.NONE)  # what one looks at first


def totals(counts: Iterable[Counts]) -> list[Total]:
    """Of one project; none of them saved."""
    names = [field.name for field in Counted._meta.fields]
    found: dict[tuple[str, int], Total] = {}
    for row in counts:
        key = row.axis, row.person_id
        if key not in found:
            found[key] = Total(project_id=row.project_id, axis=row.axis, person_id=row.person_id)
        sums, numbers = vars(found[key]), vars(row)
        for name in names:
            sums[name] += numbers[name]
    everybody: dict[str, Habits] = defaultdict(Habits)
    own = {key: habits(vars(total)) for key, total in found.items()}
    for (axis, _person), of in own.items():
        everybody[axis] += of
    for (axis, person), total in found.items():
        of = own[axis, person]
        total.signals = [str(signal) for signal in signals(of, everybody[axis] - of)]
        total.rank = RANKS.index(matter(of, signals(of, everybody[axis] - of)))
    return list(found.values())
