"""What differs between two texts: by lines first, and word by word where lines were changed. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

TOKEN = re.compile(r"[぀-ヿ㐀-鿿]|[^\W぀-ヿ㐀-鿿]+|\s+|.")  # scripts without spaces go by the character
CONTEXT = 2  # unchanged lines that are shown on each side of a change
ALIKE = 0.3  # less in common than this, and word by word is harder to read than the one text after the other
MANY = 12_000  # tokens of both texts; matching takes time by their square, and this many take about a second
MANY_LINES = 8_000  # of both texts; the same


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    kind: Kind
    text: str

    @property
    def shown(self) -> str:
        """A break that was put in or taken out is seen by its sign."""
        return self.text if self.kind == Kind.SAME or self.text.strip() else self.text.replace("\n", "¶\n")


@dataclass(frozen=True)
class Part:
    """Some lines: unchanged ones, of which `skipped` are left out, or changed ones as pieces."""

    pieces: tuple[Piece, ...] = ()
    skipped: int = 0

    @property
    def changed(self) -> bool:
        return any(piece.kind != Kind.SAME for piece in self.pieces)


def compare(old: str, new: str, context: int = CONTEXT) -> list[Part]:
    """The new text, with what was taken out of the old one where it stood. Nothing where both are the same."""
    parts = list(_parts(old, new))
    if not any(part.changed for part in parts):
        return []
    last = len(parts) - 1
    folded: list[Part] = []
    for place, part in enumerate(parts):
        before, after = context if place else 0, context if place < last else 0
        folded += [part] if part.changed else _fold(part, before, after)
    return folded


def share_changed(old: str, new: str) -> float:
    """Between 0 and 1: how many words were taken out, or put in, of the longer text's words. Signs are none."""
    total = max(words(old), words(new))
    pieces = [piece for part in _parts(old, new) for piece in part.pieces]
    changed = (sum(words(piece.text) for piece in pieces if piece.kind == kind) for kind in (Kind.REMOVED, Kind.ADDED))
    return max(changed) / total if total else 0.0


def _parts(old: str, new: str) -> Iterator[Part]:
    """Lines that both begin with and end with are found in no time, so that a long text costs what its change does."""
    before, after = old.splitlines(), new.splitlines()
    head = _in_common(before, after)
    tail = _in_common(before[head:][::-1], after[head:][::-1])
    yield from _same(after[:head])
    yield from _changed(before[head : len(before) - tail], after[head : len(after) - tail])
    yield from _same(after[len(after) - tail :])


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _same(lines: Sequence[str]) -> Iterator[Part]:
    if lines:
        yield Part((Piece(Kind.SAME, "\n".join(lines)),))


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    """By lines, of which more than MANY_LINES are one change."""
    if len(old) + len(new) > MANY_LINES:
        yield Part(tuple(_pieces(old, new)))
        return
    for tag, i, j, k, end in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            yield from _same(new[k:end])
        else:
            yield Part(tuple(_pieces(old[i:j], new[k:end])))


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """Changes with nothing but white space between them are one change."""
    whole, other = _text(old), _text(new)
    before, after = TOKEN.findall(whole), TOKEN.findall(other)
    matcher = SequenceMatcher(None, before, after)
    if len(before) + len(after) > MANY or matcher.ratio() < ALIKE:
        yield from _change(whole, other)
        return
    removed = added = ""
    opcodes = matcher.get_opcodes()
    for place, (tag, i, j, k, end) in enumerate(opcodes):
        gone, come = "".join(before[i:j]), "".join(after[k:end])
        if tag != "equal" or (gone.isspace() and 0 < place < len(opcodes) - 1):
            removed, added = removed + gone, added + come
            continue
        yield from _change(removed, added)
        removed = added = ""
        yield Piece(Kind.SAME, come)
    yield from _change(removed, added)


def _text(lines: Sequence[str]) -> str:
    """Empty for no lines; for empty lines, their breaks."""
    return "\n".join(lines) or "\n" * len(lines)


def _change(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece(Kind.REMOVED, removed)
    if added:
        yield Piece(Kind.ADDED, added)


def _fold(part: Part, before: int, after: int) -> list[Part]:
    """Only the lines next to a change: `before` of them at the start, `after` at the end."""
    lines = part.pieces[0].text.split("\n")
    if len(lines) <= before + after + 1:
        return [part]
    head, tail = lines[:before], lines[len(lines) - after :]
    return [
        *([Part((Piece(Kind.SAME, "\n".join(head)),))] if head else []),
        Part(skipped=len(lines) - before - after),
        *([Part((Piece(Kind.SAME, "\n".join(tail)),))] if tail else []),
    ]


def words(text: str) -> int:
    """How many there are; of scripts without spaces, characters."""
    return sum(token[0].isalnum() for token in TOKEN.findall(text))
