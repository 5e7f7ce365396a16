"""What others say (a library, a server, a file), made fit for the sentence of an error."""

import json

SHOWN = 200  # characters


def one_line(words: object, limit: int = SHOWN) -> str:
    """One short printable line, without a full stop of its own."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(words)).split())
    return line.rstrip(".") if len(line) <= limit else f"{line[:limit]}…"


def because(error: BaseException) -> str:
    """An error's own words; its name where they mean nothing without it, or where it has none."""
    said = one_line(error)
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON from line {error.lineno}, character {error.colno} on"
    if said and not isinstance(error, LookupError | AttributeError | AssertionError | ArithmeticError | TypeError):
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
