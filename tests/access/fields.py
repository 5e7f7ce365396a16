"""What a page may be sent: each name that a form or a view of the project reads, with what nobody would type."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote_plus

from django import forms

import labeling

READ = re.compile(r"""(?:POST|GET)(?:\.get|\.getlist)?[(\[]"(\w+)"|"(\w+)" in (?:request\.POST|data)""")
ROW = {"row-0-model_version", "row-0-weight", "row-0-temperature", "row-0-top_p"}  # of a round's pair policy
FLAGS = {"add", "remove", "preview", "everybody", "from_list"}  # ask for another thing than what the form is for

VALUES = {
    "nothing": "",
    "nul": "a\0b",
    "not utf-8": b"\xff\xfe\x80",
    "more than a column holds": "9" * 40,
    "one more than a key": str(2**63),
    "below nothing": "-1",
    "no number": "nan",
    "a digit that is none": "²",
    "no day": "2026-02-31",
    "deep json": "[" * 5_000,
    "half of a pair": b"<b>\xed\xa0\x80" + b"long " * 800,
}
IN_ADDRESSES = ("nul", "more than a column holds", "a digit that is none", "no day")


@cache
def names() -> list[str]:
    """Those of the forms that are loaded, which the URLs see to, and those that views ask for themselves."""
    sources = Path(labeling.__file__).parent.rglob("*.py")
    read = {name for source in sources for pair in READ.findall(source.read_text()) for name in pair if name}
    return sorted(read | ROW | {name for form in forms_below(forms.BaseForm) for name in form.base_fields})


def forms_below(kind: type) -> Iterator[type[forms.Form]]:
    for form in kind.__subclasses__():
        if hasattr(form, "base_fields"):
            yield form
        yield from forms_below(form)


def encoded(value: str | bytes, chosen: list[str]) -> bytes:
    raw = quote_plus(value, safe="[")  # which need not be quoted, and takes long to
    return "&".join(f"{name}={raw}" for name in chosen).encode()
