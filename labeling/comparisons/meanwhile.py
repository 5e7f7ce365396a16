"""What an author may do while a pair is being written: nobody should have to watch a GPU."""

import uuid
from dataclasses import dataclass, field

from django.urls import reverse

from labeling.comparisons import stock
from labeling.comparisons.at_once import MOST_WRITTEN
from labeling.comparisons.models import Comparison
from labeling.comparisons.next_step import prompt_step
from labeling.comparisons.steps import PromptStep
from labeling.comparisons.workbench import Desk


@dataclass
class Offer:
    """What the page offers beside a pair that is not complete: another pair of one's own that is, else one from stock;
    and to go on writing, unless enough is being written already."""

    own: bool
    in_stock: bool
    write: bool
    work_url: str
    take_url: str
    poll_url: str
    key: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def name(self) -> str:
        """The same for the same offer, so that a page is told only of another one."""
        return "-".join(name for name in ("own", "in_stock", "write") if getattr(self, name)) or "nothing"


def on_offer(desk: Desk) -> Offer:
    own = complete_pairs(desk)
    wanted = desk.round is not None and desk.has_room_today and not desk.round_has_enough
    return Offer(
        own=own,
        in_stock=bool(not own and desk.round and wanted and stock.ready(desk.round, desk.person).exists()),
        write=prompt_meanwhile(desk) is not None,
        work_url=reverse("workbench", args=[desk.project.slug]),
        take_url=reverse("take", args=[desk.project.slug]),
        poll_url=reverse("meanwhile", args=[desk.project.slug]),
    )


def complete_pairs(desk: Desk) -> bool:
    """Whether a pair of one's own is complete and not judged on all axes."""
    mine = {"turn__dialogue__author": desk.person, "turn__dialogue__ended_at": None}
    ready = Comparison.objects.filter(round=desk.round, ready_at__isnull=False, **mine)
    return ready.filter(assignments__person=desk.person, assignments__done_at=None).exists()


def prompt_meanwhile(desk: Desk, another_than: str | None = None) -> PromptStep | None:
    """The prompt of a second conversation; None while that is not to be had."""
    if desk.round is None or not desk.axes or desk.asks_first or not desk.has_room_today:
        return None
    if desk.being_written() >= MOST_WRITTEN:
        return None
    step = prompt_step(desk, another_than=another_than)
    if step.number == 1 and desk.round_has_enough:
        return None
    return step if step.allows_own or step.suggestion else None
