"""Text that people and models wrote, as text in Markdown and in the YAML above it. Pure."""

import json
import re
from collections.abc import Iterable, Sequence

MEANT = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>&<:@$^=])")

FIGURE = re.compile(r"-?\d|–$")


def inline(text: str) -> str:
    """On one line, where nothing in it is a mark, a tag, a link or the edge of a cell."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return MEANT.sub(lambda found: f"&#{ord(found[0])};", plain)


def block(text: str) -> str:
    """As it is, between fences that are longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are Markdown; where a column but the first has figures alone, they stand below each other's ends."""
    body = list(rows)
    _, *columns = zip(head, *body, strict=True)
    marks = ("---:" if all(map(FIGURE.match, cells)) else "---" for _, *cells in columns)
    lines = [head, ["---", *marks], *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def scalar(text: str) -> str:
    """JSON's text is YAML's."""
    return json.dumps(text)
