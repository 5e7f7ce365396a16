"""What a form or an address holds where a whole number belongs."""

LONGEST = 18  # digits; more are no primary key, no count, and no number that Python would read in good time


def whole(text: str) -> int | None:
    """The number, if it is one: ASCII digits alone, and not too many of them."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
