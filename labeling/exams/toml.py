"""An exam back into text: what forms change is written as a manager would write it. Comments are not kept."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def dump(said: Mapping[str, Any]) -> str:
    """Of what tomllib read from an exam: plain values first, then its [[part]]s, each with its [[part.item]]s. An empty
    list is left out: of a part or an item it would say that none can follow."""
    return "\n".join(lines(said)).strip() + "\n"


def lines(said: Mapping[str, Any], path: str = "") -> Iterator[str]:
    tables = {key: value for key, value in said.items() if is_tables(value)}
    for key, value in said.items():
        if key not in tables and value != []:
            yield f"{key} = {written(value)}"
    for key, rows in tables.items():
        for row in rows:
            yield f"\n[[{path}{key}]]"
            yield from lines(row, f"{path}{key}.")


def is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return f"[{', '.join(quoted(one) if isinstance(one, str) else written(one) for one in value)}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {written(one)}" for key, one in value.items()) + " }"
    return repr(value)


def text(value: str) -> str:
    """TOML leaves out a line break right after the three quotes, and none before the last ones."""
    if "\n" not in value:
        return quoted(value)
    return '"""\n' + "\n".join(quoted(line)[1:-1] for line in value.split("\n")) + '"""'


def quoted(value: str) -> str:
    """A basic string is one of JSON, but for a character that JSON leaves as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
