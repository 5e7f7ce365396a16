"""What was judged in a project or one of its rounds, to be read: the newest first, a page at a time.

Read is the current revision of each judgement. Its key only grows, so a page begins below the last one of the page
before, however much is judged meanwhile.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person, Withdrawal
from labeling.comparisons.models import Assignment, Comparison, Degree, Judgement
from labeling.comparisons.said import Said
from labeling.dialogues.models import Completion
from labeling.projects import languages
from labeling.projects.models import Project, Round

PAGE = 20  # judgements
MANY = 2_000  # of them
LINES, IN_A_LINE = 7, 60  # of a prompt, and characters; longer ones may be cut off until one asks for the whole

IN_WORDS = {
    Degree.SIGNIFICANTLY: _("Significantly better"),
    Degree.BETTER: _("Better"),
    Degree.SLIGHTLY: _("Slightly better"),
    Degree.NEGLIGIBLY: _("Barely better or unsure"),
}
CURRENT = Judgement.objects.filter(assignment__judgement=F("pk"))
LAST = Judgement.objects.filter(assignment__judgement__lte=F("pk"))
"""The same, for the current revision has the greatest key, where there are many: asked whether two keys are the same,
PostgreSQL takes that for something rare, and reads a million to show twenty.
"""
PAIR = (
    "assignment__person",
    "assignment__comparison__turn",
    "assignment__comparison__first__model_version",
    "assignment__comparison__second__model_version",
)


@dataclass
class Side:
    """One response, under the letter at which the annotator saw it, and what was said of it."""

    letter: str
    chosen: bool
    completion: Completion
    said: Said
    safe: bool | None
    false_refusal: bool
    reasons: list[str]


@dataclass
class Reading:
    """One judgement with all it is about. The chosen response stands first; without one, A does."""

    judgement: Judgement
    degree: Any
    context: list[Said]
    prompt: Said
    about: list[str]  # the prompt
    sides: list[Side]
    long: bool

    @classmethod
    def of(cls, judgement: Judgement) -> "Reading":
        context = judgement.assignment.comparison.context
        pair = judgement.assignment.sides()
        sides = [side_of(judgement, letter, one) for letter, one in zip("AB", pair, strict=True)]
        longer = [judgement.comment, *(completion.text for completion in pair)]  # these get twice as many lines
        return cls(
            judgement=judgement,
            degree=IN_WORDS.get(judgement.degree),  # type: ignore[call-overload]
            context=[Said.of(message) for message in context[:-1]],
            prompt=Said.of(context[-1]),
            about=about(judgement.assignment.comparison),
            sides=sorted(sides, key=lambda side: not side.chosen),
            long=lines(context[-1]["content"]) > LINES or any(lines(text) > 2 * LINES for text in longer),
        )


def about(comparison: Comparison) -> list[str]:
    """A prompt's tags, and how it was written, in words."""
    turn = comparison.turn
    if turn is None:
        return [languages.named(comparison.language)] if comparison.language else []
    said = [languages.named(turn.language)] if turn.language else []
    said += [str(label) for label in (turn.get_risk_display(), turn.get_attack_display()) if label]
    if turn.paste_share is not None:
        counts = {"typed": turn.typed_chars or 0, "pasted": turn.pasted_chars or 0, "keys": turn.keystrokes or 0}
        said.append(gettext("typed %(typed)d, pasted %(pasted)d characters, %(keys)d keystrokes") % counts)
        if turn.pasted_chars:
            said.append(gettext("%(share)d %% pasted") % {"share": round(100 * turn.paste_share)})
    return said


def lines(text: str) -> int:
    """How many it takes in a column, about."""
    return sum(1 + len(line) // IN_A_LINE for line in text.splitlines())


def side_of(judgement: Judgement, letter: str, completion: Completion) -> Side:
    chosen = completion.pk == judgement.chosen_id
    name = "chosen" if chosen else "rejected"
    return Side(
        letter=letter,
        chosen=chosen,
        completion=completion,
        said=Said.by(completion),
        safe=getattr(judgement, f"{name}_safe"),
        false_refusal=getattr(judgement, f"{name}_false_refusal"),
        reasons=getattr(judgement, f"{name}_reasons"),
    )


def current(project: Project, round_: Round | None) -> QuerySet[Judgement]:
    """Each with whether its person has withdrawn it since."""
    inside = {"assignment__comparison__round": round_} if round_ else {"assignment__comparison__project": project}
    withdrawn = Withdrawal.objects.of_work_at(OuterRef("assignment__person"), OuterRef("created_at"))
    return LAST.filter(**inside).select_related(*PAIR).annotate(is_withdrawn=Exists(withdrawn))


def people_of(project: Project, round_: Round | None) -> list[Person]:
    """Who has judged in it."""
    judged = Person.objects.filter(workdays__project=project)
    if round_:  # for each of them the first one is enough
        done = Assignment.objects.filter(person=OuterRef("pk"), done_at__isnull=False, comparison__round=round_)
        judged = judged.filter(Exists(done))
    return list(judged.distinct().order_by("pseudonym"))


def counted(parts: list[QuerySet[Judgement]]) -> tuple[int, bool]:
    """How many, and whether there are more than that: to count a million takes longer than anybody waits for a page."""
    found = sum(part.order_by("-pk").values("pk")[: MANY + 1].count() for part in parts)
    return min(found, MANY), found > MANY


def page(parts: list[QuerySet[Judgement]], before: int | None) -> tuple[list[Judgement], int | None]:
    """Those of all parts that came before that key, or the newest; and the key below which the next page begins, if one
    does."""
    # Keys first: asked for with all that a page shows, whole tables are joined before any row is left out.
    keys: list[int] = []
    for part in parts:
        rows = part.order_by("-pk") if before is None else part.filter(pk__lt=before).order_by("-pk")
        keys += rows.values_list("pk", flat=True)[: PAGE + 1]
    newest = sorted(keys, reverse=True)[: PAGE + 1]
    found = sorted((row for part in parts for row in part.filter(pk__in=newest)), key=lambda row: -row.pk)
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None
