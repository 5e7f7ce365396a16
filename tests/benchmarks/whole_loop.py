"""Llama 2's loop on one machine: people judge in rounds, snapshots are made of it, and reward models learn from them.

Whoever imports this has set Django up, and runs all processes of an installation, a training worker among them.
Annotators are simulated, and what they do goes over HTTP. Snapshots and quick models are made by the installation
itself, soon after a round is closed.
"""

import io
import time
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2
from threading import Event
from typing import Any

from django.core.management import call_command

from labeling.cohorts.models import Cohort, Person, SignInLink
from labeling.comparisons.models import Assignment
from labeling.home import demo
from labeling.projects.models import Axis, ModelVersion, Project, Prompt, PromptSet, Role, Round
from labeling.rewards.closed_rounds import AFTER, enough_for
from labeling.rewards.models import Run
from tests.benchmarks.annotator import Annotator, Habits, Over
from tests.benchmarks.browser import Page, Unexpected
from tests.benchmarks.prompts import PROMPTS

SLUG = "whole-loop"
THINKS = 0.05  # mean seconds before a prompt is sent, and before a pair is judged: nobody waits for a simulation
NOISE = 0.3  # standard deviation of what an annotator perceives, in doublings of length
DEGREES_BEGIN = (0.2, 0.5, 1.0)  # at so many doublings
TOLD, STILL, LOOK = 4.0, 15.0, 0.2  # seconds between two words on how far it is, two of the same, and two looks
PATIENCE = 1200.0  # seconds for each step
Say = Callable[[str], object]


@dataclass(frozen=True)
class Size:
    """`pairs` are judged on both axes in each of the rounds; `trained` is what a fine-tuned model is asked for with."""

    annotators: int
    pairs: int
    new_tokens: int
    trained: dict[str, Any]
    rounds: int = 2


class Reader(Annotator):
    """Finds longer responses more helpful and shorter ones safer, mostly: something that can be learned."""

    def begin(self, page: Page) -> None:
        self.browser.expected += (409,)  # where others have taken the last pair meanwhile
        super().begin(page)

    def go_on(self, page: Page) -> Page:
        """Until the round has enough."""
        if not page.stream and not page.forms:
            raise Over
        return super().go_on(page)

    def verdict(self, page: Page) -> dict[str, Any]:
        a, b = (log2(1 + len(page.texts[letter])) for letter in "AB")
        felt = self.random.gauss(b - a if page.asks_labels else a - b, NOISE)
        degree = 1 + bisect(DEGREES_BEGIN, abs(felt))
        chosen, other = "ab" if felt > 0 else "ba"
        labels = {f"{chosen}_label": "safe", f"{other}_label": "unsafe" if degree > 2 else "safe"}
        return {"choice": -degree if felt > 0 else degree, **(labels if page.asks_labels else {})}


@dataclass(frozen=True)
class Loop:
    """`port` is where the installation answers. `say` gets a line whenever something has come further."""

    port: int
    size: Size
    say: Say = print

    def run(self, manager: Person) -> Project:
        """All of it, in a new project of this manager's."""
        project, versions = begun(manager, self.size)
        people = hired(project, self.size.annotators)
        for number in range(1, self.size.rounds + 1):
            round_ = opened(project, versions, self.size) if number == 1 else next_round(project)
            self.judge(round_, people)
            round_.review()
            round_.close()
            self.say(f"Round {number} is closed.")
            self.await_quick_models(round_)
        self.train(project, versions[0])
        return project

    def judge(self, round_: Round, people: Sequence[Person]) -> None:
        """Until so many pairs are judged on each axis."""
        over = Event()
        same = Habits(own=0, before_sending=THINKS, before_judging=THINKS, prompts=PROMPTS)
        readers = [
            Reader(100 * round_.number + place, self.port, links_of(person, round_.project), same, over)
            for place, person in enumerate(people)
        ]
        for reader in readers:
            reader.start()
        try:
            self.follow(f"Round {round_.number}: pairs judged", lambda: judged(round_, readers), self.size.pairs)
        finally:
            over.set()
            for reader in readers:
                reader.join()
        refuse_errors(readers)

    def await_quick_models(self, round_: Round) -> None:
        """One of each axis, unless too little has been judged by now to learn from."""
        project = round_.project
        axes = [axis for axis in project.axes_in_order() if enough_for(project, axis)]
        if not axes:
            return
        mine = Run.objects.filter(project=project, kind=Run.Kind.QUICK, **{f"wanted__{AFTER}": round_.number})

        def ready() -> int:
            for run in mine.filter(state=Run.State.FAILED):
                raise Unexpected(f"{run}: {run.error}")
            return mine.filter(state=Run.State.READY).count()

        def reading() -> str:
            waiting = mine.filter(state=Run.State.WAITING, total__gt=0).first()
            return f"; a worker has read {waiting.done} of {waiting.total} pairs" if waiting else ""

        self.follow(f"Quick reward models after round {round_.number}", ready, len(axes), reading)

    def train(self, project: Project, base: ModelVersion) -> None:
        """One that is fine-tuned, for helpfulness, on what the newest quick one learned from."""
        snapshot = project.runs.filter(kind=Run.Kind.QUICK).latest("number").snapshot
        asked = {"project": project.slug, "snapshot": snapshot.number, "axis": str(Axis.HELPFULNESS), "base": base.name}
        call_command("train_reward", **asked, **self.size.trained, stdout=Saying(self.say))

    def follow(self, what: str, done: Callable[[], int], total: int, detail: Callable[[], str] = lambda: "") -> None:
        began = told = time.monotonic()
        last = ""
        while (so_far := done()) < total:
            now = time.monotonic()
            if now - began > PATIENCE:
                raise Unexpected(f"{what}: {so_far} of {total} after {PATIENCE:.0f} s")
            line = f"{what}: {so_far} of {total}{detail()}"
            if now - told > (TOLD if line != last else STILL):
                self.say(line)
                told, last = now, line
            time.sleep(LOOK)
        self.say(f"{what}: {total} of {total}, after {time.monotonic() - began:.0f} s")


class Saying(io.TextIOBase):
    """What a command writes, line by line."""

    def __init__(self, say: Say) -> None:
        self.say = say

    def write(self, text: str) -> int:
        self.say(text.rstrip("\n"))
        return len(text)


def begun(manager: Person, size: Size) -> tuple[Project, list[ModelVersion]]:
    """A project on both axes, of whose prompts there is a stock of pairs; nothing but its length speaks for a response,
    so none is held back."""
    project = Project.objects.create(
        **{"slug": SLUG, "name": "The whole loop", "axes": list(map(str, Axis)), "gates": []},
        **{"stock_high": size.pairs, "gold_share": 0, "repeat_share": 0, "overlap_share": 0},
    )
    project.roles.create(person=manager, kind=Role.Kind.MANAGER)
    for axis in project.axes_in_order():
        text = (demo.TEXTS / f"{axis}.md").read_text(encoding="utf-8")
        project.guidelines.create(axis=axis, number=1, text=text, created_by=manager)
    return project, demo.model_versions()


def hired(project: Project, number: int) -> list[Person]:
    cohort = Cohort.objects.create(name="The whole loop")
    for axis in project.axes_in_order():
        project.enrolments.create(cohort=cohort, axis=axis)
    people = []
    for place in range(1, number + 1):
        person = Person.objects.create_user(f"reader-{place}@example.org", name=f"Reader {place}")
        cohort.memberships.create(person=person)
        people.append(person)
    return people


def opened(project: Project, versions: Sequence[ModelVersion], size: Size) -> Round:
    prompts = PromptSet.objects.create(name="The whole loop")
    Prompt.objects.bulk_create(Prompt(prompt_set=prompts, text=text) for text in PROMPTS)
    terms = {"prompt_set": prompts, "max_new_tokens": size.new_tokens, "target": size.pairs}
    round_ = project.rounds.create(number=1, **terms)
    for version in versions:
        round_.policy.create(model_version=version)
    round_.open()
    return round_


def next_round(project: Project) -> Round:
    """The same models on the same terms: what a better one would have learned is not there yet."""
    round_ = Round.objects.draft(project, like=project.rounds.latest("number"))
    round_.open()
    return round_


def links_of(person: Person, project: Project) -> tuple[str, str]:
    return f"/sign-in/{SignInLink.objects.issue(person)}/", f"/projects/{project.slug}/work/"


def judged(round_: Round, readers: Sequence[Reader]) -> int:
    """Pairs that are judged on every axis."""
    refuse_errors(readers)
    somebody_works = any(reader.is_alive() for reader in readers)
    counted = Assignment.objects.counted().filter(comparison__round=round_)
    found = min(counted.filter(axis=axis).count() for axis in round_.project.axes_in_order())
    if found < (round_.target or 0) and not somebody_works:
        raise Unexpected(f"nobody has anything left to judge in {round_}: {found} pairs")
    return found


def refuse_errors(readers: Sequence[Reader]) -> None:
    if errors := [reader.error for reader in readers if reader.error]:
        raise Unexpected("; ".join(errors))
