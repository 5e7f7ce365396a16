"""A project in which a crowd has judged for some rounds: most are good, one follows a side, one differs."""

import random

from labeling.cohorts.models import Cohort, Person
from labeling.projects.models import Axis, Project, Round
from labeling.quality.models import GoldAnswer
from tests.people import join, make_project
from tests.quality.judging import compared, computed, judged

GOOD, SIDED, MINORITY = "good", "sided", "minority"
LETTERS = (40, 90, 200, 400)  # of a response


def crowd(project: Project, people: dict[Person, str], pairs: int, drawn: random.Random) -> None:
    """So many pairs in the open round, each judged by its author and two others; some are gold, some seen again."""
    for number in range(pairs):
        author, *others = drawn.sample(list(people), 3)
        texts = ("a" * drawn.choice(LETTERS), "b" * drawn.choice(LETTERS))
        pair = compared(author, project, texts, drawn.choice(["en", "en", "de"]))
        first, clear = drawn.random() < 0.5, drawn.random()
        own = judged(
            pair,
            author,
            said(people[author], drawn, first, clear, False),
            kind="author",
            seconds=drawn.uniform(30, 200),
        )
        for person in others:
            swapped = drawn.random() < 0.5
            step = said(people[person], drawn, first, clear, swapped)
            judged(pair, person, step, swapped=swapped, seconds=drawn.uniform(30, 200))
        if number % 3 == 0:
            again = said(people[author], drawn, first, clear, not own.swapped)
            if people[author] != SIDED and drawn.random() < 0.9:
                again = own.judgement.degree and own.judgement.degree * (
                    1 if own.judgement.chosen == pair.first else -1
                )
            judged(pair, author, again, kind="repeat", swapped=not own.swapped)
        if number % 2 == 0:
            GoldAnswer.objects.create(comparison=pair, axis="helpfulness", chosen=pair.first if first else pair.second)
            outside = drawn.choice([one for one in people if one not in (author, *others)])
            judged(pair, outside, said(people[outside], drawn, first, 1.0, False), kind="gold")


def said(kind: str, drawn: random.Random, first: bool, clear: float, swapped: bool) -> int | None:
    """`clear` is how plain it is that the first response is the better one, or not."""
    if drawn.random() < 0.02:
        return None
    if kind == SIDED and drawn.random() < 0.9:
        return -2 if swapped else 2
    right = drawn.random() < 0.55 + 0.44 * clear
    if kind == MINORITY and clear < 0.9:
        right = not right
    degree = min(4, 1 + int(4 * clear * drawn.random()))
    return degree if right == first else -degree


def make_crowd(slug: str = "crowd", *, rounds: int = 3, pairs: int = 30, good: int = 6, seed: int = 1) -> Project:
    people = {join("first", f"{slug}{number}@example.org"): GOOD for number in range(good)}
    people[join("first", f"{slug}-sided@example.org")] = SIDED
    people[join("second", f"{slug}-minority@example.org")] = MINORITY
    project, drawn = make_project(slug, (Axis.HELPFULNESS,)), random.Random(seed)
    project.enrolments.create(cohort=Cohort.objects.get(name="second"), axis="helpfulness")
    for number in range(rounds):
        if number:
            project.rounds.get(state="open").review()
            draft = Round.objects.draft(project, project.rounds.get(number=number))
            draft.open()
        crowd(project, people, pairs, drawn)
    computed(project)
    return project
