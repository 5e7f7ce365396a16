"""Exams as text: a TOML file, which managers write, paste or begin from a template, and what is wrong with one."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from labeling.cohorts.models import Person
from labeling.exams.models import Exam, Item, Part, Qualification
from labeling.exams.scoring import BEST, Rule

PAPERS = Path(__file__).parent / "papers"
TEMPLATES = ("language", "sensitive", "ranking", "writing")  # Llama 2's four tests, in their order

OF_EXAM = {"name", "instructions", "grants", "after", "attempts", "cooling_off_hours", "part"}
OF_PART = {
    *("title", "instructions", "minutes", "rule", "threshold"),
    *("more_than", "must_pass", "at_least", "shuffled", "item"),
    *("graders", "apart"),
}
OF_ITEM = {"kind", "question", "options", "first", "second", "right", "rubric", "why", "weight", "practice", "fixed"}
DEFAULTS = {"attempts": 2, "cooling_off_hours": 7 * 24}


class Unreadable(Exception):
    """What is wrong with the text, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(*problems)
        self.problems = problems


class Overtaken(Exception):
    """Somebody else saved an exam of that name, or published this draft, in the same moment."""


@dataclass
class Paper:
    """An exam as a file says it, not saved yet."""

    name: str
    terms: dict[str, Any]
    grants: tuple[str, int]
    after: tuple[str, int] | None
    parts: list[tuple[Part, list[Item]]]


def template(name: str) -> str:
    return (PAPERS / f"{name}.toml").read_text(encoding="utf-8")


def read(text: str) -> Paper:
    """Raises Unreadable, with everything that is wrong at once."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unreadable([_("This is no TOML: %(error)s.") % {"error": error}]) from error
    problems = list(wrong_exam(said))
    parts = []
    for number, part in enumerate(tables(said, "part"), start=1):
        made, items, wrong = read_part(part, number)
        parts.append((made, items))
        problems += [f"{_('Part')} {number}: {one}" for one in wrong]
    if problems:
        raise Unreadable(problems)
    terms = {key: said[key] for key in ("instructions",) if key in said}
    terms |= {key: said.get(key, default) for key, default in DEFAULTS.items()}
    after = pair(said["after"]) if "after" in said else None
    return Paper(name=said["name"], terms=terms, grants=pair(said["grants"]), after=after, parts=parts)


def pair(said: dict[str, Any]) -> tuple[str, int]:
    return said["name"], said.get("version", 1)


def tables(said: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = said.get(key)
    return found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else []


def unknown(said: dict[str, Any], known: set[str]) -> Iterator[str]:
    for key in said.keys() - known:
        yield _("“%(key)s” means nothing here.") % {"key": key}


def wrong_exam(said: dict[str, Any]) -> Iterator[str]:
    yield from unknown(said, OF_EXAM)
    if said.get("part", []) != tables(said, "part"):
        yield _("Its parts are written as [[part]].")
    if not is_name(said.get("name")):
        yield _("Give it a name of up to 100 characters.")
    if not is_qualification(said.get("grants")):
        yield _('“grants” is missing or no qualification: { name = "…", version = 1 }.')
    if "after" in said and not is_qualification(said["after"]):
        yield _('“after” is no qualification: { name = "…", version = 1 }.')
    if not is_count(said.get("attempts", 1)):
        yield _("“attempts” is a whole number from 1 on.")
    if said.get("cooling_off_hours", 0) != 0 and not is_count(said["cooling_off_hours"]):
        yield _("“cooling_off_hours” is a whole number.")
    if not isinstance(said.get("instructions", ""), str):
        yield _("“instructions” is a text.")


def is_name(given: Any) -> bool:
    return isinstance(given, str) and 0 < len(given) <= 100


def is_qualification(given: Any) -> bool:
    return isinstance(given, dict) and is_name(given.get("name")) and is_count(given.get("version", 1))


def is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= 30_000


def read_part(said: dict[str, Any], number: int) -> tuple[Part, list[Item], list[str]]:
    fields = {key: value for key, value in said.items() if key in OF_PART - {"item"}}
    part = Part(number=number, **fields)
    problems = [
        *unknown(said, OF_PART),
        *wrong_fields(part, exclude={"exam", *({"minutes", "at_least"} - fields.keys())}),
        *wrong_part(part),
    ]
    items = []
    for place, one in enumerate(tables(said, "item"), start=1):
        item, wrong = read_item(one, place, part)
        items.append(item)
        problems += [f"{_('item')} {place}: {problem}" for problem in wrong]
    if said.get("item", []) != tables(said, "item"):
        problems.append(_("Its items are written as [[part.item]]."))
    return part, items, problems


def wrong_fields(row: models.Model, exclude: set[str]) -> Iterator[str]:
    try:
        row.clean_fields(exclude=exclude)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield f"{name}: {' '.join(messages)}"


def wrong_part(part: Part) -> Iterator[str]:
    if part.rule == Rule.MEAN:
        if part.must_pass:
            yield _("Nobody can wait for grades before the next part: leave out “must_pass”.")
        if isinstance(part.threshold, int | float) and part.threshold > BEST:
            yield _("A mean grade is %(best)d at most.") % {"best": BEST}
        if part.graders not in (1, 2):
            yield _("“graders” is 1 or 2.")
        return
    if part.graders != 1:
        yield _("Only where people grade may two of them: leave out “graders”.")
    if part.at_least is not None:
        yield _("Only where people grade may one choose among items: leave out “at_least”.")


def read_item(said: dict[str, Any], number: int, part: Part) -> tuple[Item, list[str]]:
    fields = {key: value for key, value in said.items() if key in OF_ITEM - {"right"}}
    if said.get("kind") == Item.Kind.PAIR:
        fields.setdefault("question", "")
    item = Item(number=number, accepted=said.get("right", []), **fields)
    problems = [*unknown(said, OF_ITEM), *wrong_fields(item, exclude={"part", "accepted", "options"})]
    return item, problems or list(wrong_item(item, part))


def item(said: dict[str, Any]) -> tuple[Item, list[str]]:
    """One by itself, in a part that fits it."""
    return read_item(said, 1, Part(rule=Rule.MEAN if said.get("kind") == Item.Kind.TEXT else Rule.COUNT))


def wrong_item(item: Item, part: Part) -> Iterator[str]:
    if (item.kind == Item.Kind.TEXT) != (part.rule == Rule.MEAN):
        yield _("Texts are graded, so they stand in a part whose rule is “mean”, and nothing else does.")
    if not isinstance(item.options, list) or not all(isinstance(one, str) and one for one in item.options):
        yield _("“options” is a list of texts.")
    elif item.kind != Item.Kind.CHOICE and item.options:
        yield _("Only a choice has options.")
    elif item.kind == Item.Kind.CHOICE and len(item.options) < 2:
        yield _("A choice needs two options or more.")
    elif item.kind == Item.Kind.TEXT:
        yield from wrong_text(item)
    elif not is_list_of(item.accepted, item.answers):
        yield _("“right” lists what is accepted, by number, from 1 to %(n)d.") % {"n": len(item.answers)}
    if item.kind == Item.Kind.PAIR and not (item.first and item.second):
        yield _("A pair needs “first” and “second”.")


def wrong_text(item: Item) -> Iterator[str]:
    if not item.rubric:
        yield _("A text needs a “rubric” for those who grade it.")
    if item.accepted:
        yield _("No answer to a text is right by itself: leave out “right”.")


def is_list_of(given: Any, allowed: range) -> bool:
    return isinstance(given, list) and bool(given) and all(type(one) is int and one in allowed for one in given)


def write(text: str, person: Person, draft: Exam | None = None) -> Exam:
    """A new draft, the next version of its name; or the text of `draft` anew. The same text twice of one person is one
    draft, as long as nobody has touched it. Raises Unreadable and Overtaken."""
    paper = read(text)
    same = draft if draft and draft.source == text else None if draft else drafted(text, person)
    if same:
        return same
    try:
        with transaction.atomic():
            return save(paper, text, person, draft)
    except IntegrityError as error:
        if draft is None and (same := drafted(text, person)):
            return same
        raise Overtaken from error


def drafted(text: str, person: Person) -> Exam | None:
    return Exam.objects.filter(created_by=person, published_at=None, source=text).first()


def save(paper: Paper, text: str, person: Person, draft: Exam | None) -> Exam:
    terms = {
        **paper.terms,
        "source": text,
        "before_removal": "",
        "qualification": Qualification.objects.get_or_create(name=paper.grants[0], version=paper.grants[1])[0],
        "after": Qualification.objects.get_or_create(name=paper.after[0], version=paper.after[1])[0]
        if paper.after
        else None,
    }
    if draft is None or draft.name != paper.name:
        newest = Exam.objects.filter(name=paper.name).order_by("-version").first()
        terms |= {"name": paper.name, "version": newest.version + 1 if newest else 1}
    exam = draft or Exam(created_by=person)
    for name, value in terms.items():
        setattr(exam, name, value)
    exam.save()
    exam.parts.all().delete()
    for part, items in paper.parts:
        part.exam = exam
        part.save()
        for item in items:
            item.part = part
        Item.objects.bulk_create(items)
    return exam
