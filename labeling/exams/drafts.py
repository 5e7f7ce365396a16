"""A draft that forms change: it is its text, in which each changes what it is about, by the rules of one that is typed.

A part and an item are named by their place, which others may move, so that every form says which text it was made of.
"""

import hashlib
import tomllib
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from labeling.cohorts.models import Person
from labeling.exams import files
from labeling.exams.models import Exam
from labeling.exams.toml import dump

Said = dict[str, Any]


class NotSaved(Exception):
    """In words, why, and what to do about it."""


def mark(exam: Exam) -> str:
    """Of the text as it is."""
    return hashlib.sha256(exam.source.encode()).hexdigest()[:16]


def read(exam: Exam) -> Said:
    """What its text says, with a list of parts, and of items in each of them."""
    said = tomllib.loads(exam.source)
    for part in said.setdefault("part", []):
        part.setdefault("item", [])
    return said


@transaction.atomic
def rewrite(exam: Exam, said: Said, person: Person, seen: str) -> None:
    """Raises NotSaved. The row is held, so that of two who change it at once the second one learns it."""
    held = Exam.objects.select_for_update(no_key=True).filter(pk=exam.pk).first()
    if held is None or seen != mark(held):
        raise NotSaved(_("Somebody changed this draft meanwhile. Go back to it, and look at it as it is now."))
    write(dump(said), person, exam)


@transaction.atomic
def remove(exam: Exam, said: Said, person: Person, seen: str) -> None:
    """As `rewrite`, where something is left out; `put_back` undoes it until something else is changed."""
    before = exam.source
    rewrite(exam, said, person, seen)
    Exam.objects.filter(pk=exam.pk).update(before_removal=before)


@transaction.atomic
def put_back(exam: Exam, person: Person) -> bool:
    """What was taken out last, to the letter. False where it is back already, or something else was changed since.
    Raises NotSaved."""
    removed = Exam.objects.filter(pk=exam.pk, published_at=None).exclude(before_removal="")
    held = removed.select_for_update(no_key=True).first()
    if held is not None:
        write(held.before_removal, person, held)
    return held is not None


def removed(exam: Exam) -> str:
    """What `put_back` brings back, by its title or what it asks; empty where there is nothing."""
    if not exam.before_removal:
        return ""
    before, now = (tomllib.loads(text).get("part", []) for text in (exam.before_removal, exam.source))
    gone = [part for part in before if part not in now][:1]
    if len(before) == len(now) and gone:
        there = now[before.index(gone[0])].get("item", [])
        gone = [item for item in gone[0].get("item", []) if item not in there][:1]
    return str(gone[0].get("title") or gone[0].get("question") or gone[0].get("first")) if gone else ""


def write(text: str, person: Person, exam: Exam) -> None:
    try:
        files.write(text, person, exam)
    except files.Unreadable as wrong:
        raise NotSaved(" ".join(wrong.problems)) from wrong
    except files.Overtaken as overtaken:
        raise NotSaved(_("Somebody else was at it in the same moment. Go back to it, and try again.")) from overtaken


def shift(rows: list[Said], place: int, act: str) -> bool:
    """Up, down, or out, of the one at this place, from 1 on. False where that is none of them."""
    if act not in ("up", "down", "remove"):
        return False
    row = rows.pop(place - 1)
    if act != "remove":
        rows.insert(max(0, place - 2 if act == "up" else place), row)
    return True
