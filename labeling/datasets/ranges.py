"""Which part of a file a request asks for: one range of bytes of RFC 9110, section 14. Pure."""

import re


class Unsatisfiable(Exception):
    """It begins behind the end."""


def asked(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one behind the last. None for all of it: where nothing is asked, several parts at once
    are, or what is asked makes no sense, which is the same by the standard."""
    found = re.fullmatch(r"(?i:bytes)=(\d{0,18})-(\d{0,18})", header.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:  # the last so many
        begin, end = max(size - int(last), 0), size
    else:
        begin, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < begin:
            return None
    if begin >= size or begin >= end:
        raise Unsatisfiable
    return begin, end
