"""Prompts that were pasted: where each begins, and lines in which something is broken. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from labeling.projects.gates import UNREADABLE
from labeling.projects.mojibake import is_mojibake


class Ends(StrEnum):
    """Where one prompt ends."""

    LINE = "line"
    BLANK = "blank"
    NOWHERE = "nowhere"  # all of it is one


@dataclass(frozen=True)
class Pasted:
    """One prompt, and the line in which it begins, counted from 1."""

    text: str
    line: int


def split(text: str, ends: str) -> list[Pasted]:
    """The prompts in their order. Nothing that is blank is one."""
    lines = [(number, line, bool(line.strip())) for number, line in enumerate(text.splitlines(), start=1)]
    filled = [(number, line) for number, line, says in lines if says]
    if ends == Ends.LINE:
        return [Pasted(line.strip(), number) for number, line in filled]
    if ends == Ends.NOWHERE:
        return [Pasted("\n".join(text.splitlines()).strip(), filled[0][0])] if filled else []
    blocks = [list(block) for says, block in groupby(lines, key=lambda line: line[2]) if says]
    return [Pasted("\n".join(line for _, line, _ in block).strip(), block[0][0]) for block in blocks]


def broken_lines(text: str) -> list[Pasted]:
    """Those with characters that cannot be read, or that were read in the wrong encoding."""
    lines = enumerate(text.splitlines(), start=1)
    return [
        Pasted(line.strip(), number)
        for number, line in lines
        if UNREADABLE.search(line) or is_mojibake(line, one_is_enough=True)
    ]
