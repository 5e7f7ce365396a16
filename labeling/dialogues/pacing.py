"""How much of each response a page shows while both are written. Pure.

The speed at which a model writes would tell which one it is. At the pace of the slower one, no side shows more
characters than the other side has had, until that one has ended ("slower"); with both at once, nothing is shown before
the end ("complete"). Any other pacing lets each side run.

A side that begins anew, as another attempt or as another response, takes nothing away from the other one: what its
place has had before still counts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

SETTLED = ("stored", "failed", "cancelled")  # after these nothing more comes of the attempt
ENTRY_KINDS = ("reset", "delta", *SETTLED)
STEP = 16
"""Characters that a side grows by while the slower one sets the pace. Shown as it is written, the slower one would
always end where one of its tokens does, and the other in the middle of a word, which tells them apart."""

EVERYTHING = 1_000_000_000  # characters: more than any response has

_CURSOR = re.compile(r"(\d{1,5}):(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One thing that happened to one side. `kind` is one of ENTRY_KINDS."""

    side: int
    kind: str
    attempt: int
    text: str = ""


@dataclass(frozen=True)
class Cursor:
    """What a page shows: for each side the attempt, and how many characters of it."""

    shown: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str, sides: int = 2) -> Self:
        """From what a browser sent; anything that is not a cursor has shown nothing."""
        parts = [_CURSOR.fullmatch(part) for part in text.split(".")]
        if len(parts) != sides or None in parts:
            return cls(((0, 0),) * sides)
        return cls(tuple((int(part[1]), int(part[2])) for part in parts if part))

    def __str__(self) -> str:
        return ".".join(f"{attempt}:{characters}" for attempt, characters in self.shown)


@dataclass(frozen=True)
class Piece:
    """What a page does next: empty a side (reset), append to it (delta), or take note of its end (the other kinds)."""

    side: int
    kind: str
    text: str
    cursor: Cursor


@dataclass
class _Side:
    attempt: int
    shown: int
    text: str | None = None  # of the attempt, as far as heard; None before anything was
    stale: bool = False  # what the page shows is not the beginning of `text`
    final: bool = False  # `text` is the database's; what the stream still has to say of it is known
    end: str = ""  # how the attempt ended
    told: bool = False  # and the page knows
    had: int = 0  # characters that the other side may show for what stood here before

    def hear(self, entries: Iterable[Entry]) -> None:
        attempt, before = self.attempt, None if self.text is None else self.text[: self.shown]
        for entry in entries:
            if entry.attempt > self.attempt:
                self._remember()
                self.attempt, self.text, self.final, self.end, self.told = entry.attempt, "", False, "", False
            if entry.attempt == self.attempt:  # what an older one still writes is not shown
                self._take(entry)
        if self.shown and self.text is not None:
            beginning = self.text[: self.shown]
            other = len(beginning) < self.shown or before not in (None, beginning)
            self.stale = self.stale or other or self.attempt != attempt

    def _take(self, entry: Entry) -> None:
        if entry.kind not in ("reset", "delta"):
            self.end = entry.kind
        elif self.final:
            return
        elif entry.kind == "reset":
            self._remember()
            self.text = ""
        else:
            self.text = (self.text or "") + entry.text

    def allows(self) -> int:
        """How many characters the other side may show."""
        return EVERYTHING if self.end else max(self.had, in_steps(len(self.text or "")))

    def _remember(self) -> None:
        self.had = self.allows()


class Pacer:
    """Hears what workers write and says what the page may show. The order in which sides are heard does not matter.

    What was heard at once counts as one: an attempt that is told again from its beginning is not shown twice.
    """

    def __init__(self, pacing: str, cursor: Cursor, had: Sequence[int] = ()) -> None:
        """`had`: for each side what stood in its place before it allowed the other side to show; left out, nothing."""
        self._pacing = pacing
        self._sides = [_Side(attempt, shown) for attempt, shown in cursor.shown]
        for side, characters in zip(self._sides, had, strict=False):
            side.had = characters

    def hear(self, entries: Sequence[Entry]) -> None:
        for number, side in enumerate(self._sides):
            side.hear(entry for entry in entries if entry.side == number)

    def settle(self, side: int, text: str | None) -> None:
        """The database says that this side has ended, with this text or with none, whatever became of its stream."""
        ours = self._sides[side]
        ours.end = ours.end or ("failed" if text is None else "stored")
        if text is not None:
            ours.text, ours.final = text, True

    def due(self) -> list[Piece]:
        """Each piece once, with the cursor that is true when the page has it."""
        pieces = []
        for number, side in enumerate(self._sides):
            if side.stale:
                side.shown, side.stale = 0, False
                pieces.append(self._piece(number, "reset"))
            limit = self._limit(number)
            if limit > side.shown:
                text = (side.text or "")[side.shown : limit]
                side.shown = limit
                pieces.append(self._piece(number, "delta", text))
            if side.end and not side.told and self._may_end(side):
                side.told = True
                pieces.append(self._piece(number, side.end))
        return pieces

    def _limit(self, number: int) -> int:
        """How many characters of a side may be shown."""
        if self._pacing == "complete":
            return 0
        ours = self._sides[number]
        length = len(ours.text or "")
        if self._pacing != "slower":
            return length
        others = (side.allows() for place, side in enumerate(self._sides) if place != number)
        return min(length if ours.end else in_steps(length), *others)

    def _may_end(self, side: _Side) -> bool:
        if side.end != "stored":
            return True
        return self._pacing != "complete" and side.shown >= len(side.text or "")

    def _piece(self, side: int, kind: str, text: str = "") -> Piece:
        return Piece(side, kind, text, Cursor(tuple((each.attempt, each.shown) for each in self._sides)))


def in_steps(characters: int) -> int:
    return characters - characters % STEP


def allowed_by(entries: Iterable[Entry], text: str) -> int:
    """How many characters the other side could show beside one that was set aside, at its end, for what it said."""
    side = _Side(0, 0)
    side.hear(entry for entry in entries if entry.kind != "stored")  # of that the page was told nothing
    return max(side.allows(), in_steps(len(text)))


def pace(
    pacing: str, sides: Sequence[list[Entry]], finals: Sequence[str | None], had: Sequence[int] = ()
) -> tuple[list[str], Cursor]:
    """What a page shows that is rendered now: a text for each side, and the cursor from which a stream goes on.

    `finals` has the final text of a side that is complete, else None; `had` is the Pacer's.
    """
    pacer = Pacer(pacing, Cursor(((0, 0),) * len(sides)), had)
    pacer.hear([entry for entries in sides for entry in entries])
    for number, final in enumerate(finals):
        if final is not None:
            pacer.settle(number, final)
    texts, cursor = [""] * len(sides), Cursor(((0, 0),) * len(sides))
    for piece in pacer.due():
        texts[piece.side] += piece.text
        cursor = piece.cursor
    return texts, cursor
