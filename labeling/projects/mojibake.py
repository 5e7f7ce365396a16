"""Text whose UTF-8 was read as Windows-1252 or Latin-1: "donâ€™t", "cafÃ©". Pure."""

import re

SEEN = 3  # so many such characters make a text broken; fewer may be its subject

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_NEVER_WRITTEN = re.compile("â€|Ã[¡-º¼-¾]")  # the quotes, dashes and accented letters of most of the West


def _bytes_by_character() -> dict[str, int]:
    """Which byte a character came from. Windows-1252 leaves five bytes open, which Latin-1 readers show as they are."""
    table = {chr(byte): byte for byte in range(0x80, 0x100)}
    for byte in range(0x80, 0xA0):
        table[bytes([byte]).decode("cp1252", "replace")] = byte
    del table["\ufffd"]
    return table


_BYTE = _bytes_by_character()


def is_mojibake(text: str, *, one_is_enough: bool = False) -> bool:
    """At least SEEN characters stand there in disguise, and more of them than of what is beyond ASCII as it should be.

    That a run of characters decodes is hardly ever chance: UTF-8 wants each lead byte followed by exactly its own tail.
    One of them is enough, where that is asked for, if no writing has its characters side by side.
    """
    if text.isascii():
        return False
    decoded = [_disguised(run) for run in _NOT_ASCII.findall(text)]
    enough = sum(decoded) >= SEEN or (one_is_enough and _NEVER_WRITTEN.search(text) is not None)
    return enough and sum(decoded) > decoded.count(0)


def _disguised(run: str) -> int:
    """How many characters of UTF-8 the run was before it was misread; 0 when it is what it seems to be."""
    if not all(character in _BYTE for character in run):
        return 0
    try:
        return len(bytes(_BYTE[character] for character in run).decode("utf-8"))
    except UnicodeDecodeError:
        return 0
