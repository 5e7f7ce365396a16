"""Why a row of a file cannot be taken, and why a file cannot be read. Pure."""

from enum import StrEnum


class Wrong(StrEnum):
    """Of a row; `words` says each to people, with what to do."""

    JSON = "json"  # the line is no JSON object
    CELLS = "cells"  # more or fewer cells than the first line names
    UTF8 = "utf8"
    NUL = "nul"
    SURROGATE = "surrogate"  # half of a character, which no encoding has
    BROKEN = "broken"  # replacement or control characters, or text read in a wrong encoding
    EMPTY = "empty"
    TYPE = "type"  # neither text nor messages
    LONG = "long"
    REPR = "repr"  # a list as Python prints it
    ROLES = "roles"  # messages that do not alternate, or of an unknown role
    ANSWERED = "answered"  # a prompt with a response in it
    LANGUAGE = "language"
    CATEGORY = "category"
    RISK = "risk"
    ATTACK = "attack"
    UNTAGGED = "untagged"  # adversarial, without risk and attack
    PROMPT = "prompt"  # two responses, and no prompt
    FORK = "fork"  # the dialogues differ before their last message
    SAME = "same"  # the two responses are one
    TIE = "tie"
    VERDICT = "verdict"
    DEGREE = "degree"
    LABEL = "label"
    UNSAFE = "unsafe"  # the unsafe response was chosen over the safe one
    TWICE = "twice"  # the same as an earlier row
    THERE = "there"  # where it is to go there is one already


class Refused(Exception):
    """The row. `cell` is what it is about, `detail` what stands there or which row it repeats."""

    def __init__(self, wrong: Wrong, cell: str = "", detail: object = "") -> None:
        super().__init__(wrong)
        self.wrong, self.cell, self.detail = wrong, cell, str(detail)[:200]


class Trouble(StrEnum):
    """Of a whole file."""

    EMPTY = "empty"
    SPREADSHEET = "spreadsheet"
    LIST = "list"  # one JSON list, not a line a row
    UTF16 = "utf16"
    BINARY = "binary"
    CUT_OFF = "cut_off"
    DAMAGED = "damaged"
    BOMB = "bomb"
    LINE = "line"  # longer than any row
    ROWS = "rows"  # more than one import takes
    COLUMNS = "columns"  # two of one name, or none
    DAYS = "days"  # of a Parquet file, beyond the years that there are
    WIDE = "wide"  # more columns than anybody chooses from
    GROUPS = "groups"  # of a Parquet file, too large to be read one by one
    GONE = "gone"


class Unreadable(Exception):
    """The file, from here on. `place` is a row where there is one to name."""

    def __init__(self, trouble: Trouble, place: object = "") -> None:
        super().__init__(trouble)
        self.trouble, self.place = trouble, str(place)
