"""Each command that the README and its pages name takes the options that they give it."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# What stands for something of the reader's own, where options take numbers and choices.
MEANT = {"NUMBER": "1", "AXIS": "safety"}


def commands() -> list[str]:
    """Those of code blocks, with lines that go on joined, and those of tables."""
    found: list[str] = []
    for page in PAGES:
        text = page.read_text().replace("\\\n", " ")
        found += re.findall(r"\.venv/bin/python manage\.py ([^`#\n&|]+)", text)
    return sorted(set(found))


@pytest.mark.parametrize("line", commands())
def test_a_command_takes_what_the_pages_give_it(line):
    name, *words = shlex.split(line.replace("…", ""))
    command = load_command_class(get_commands()[name], name)
    try:
        command.create_parser("manage.py", name).parse_args([MEANT.get(word, word) for word in words])
    except CommandError as error:
        pytest.fail(f"{line}: {error}")
