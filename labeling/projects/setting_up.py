"""What a manager does next in a project, from the first guideline to the end of a round."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Model, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from labeling.projects.models import Axis, Enrolment, GuidelineVersion, Project, Round
from labeling.projects.signals import done_asked


@dataclass(frozen=True)
class Next:
    """One sentence, and the button that leads on. `runs`: nobody has to do it, since work goes on by itself."""

    sentence: str
    label: str
    url: str
    posts: bool = False
    runs: bool = False


class Done(StrEnum):
    """Why an open round needs nobody any more."""

    TARGET = "target"  # as many comparisons are judged as it asks for
    PROMPTS = "prompts"  # everybody has had every prompt, and nobody writes their own


def next_step(project: Project) -> Next:
    return next_steps([project])[project.pk]


def next_steps(projects: Sequence[Project]) -> dict[int, Next]:
    """For each, the first of these that is not done: guidelines, people, a round; then what its state asks for.

    As many queries for many projects as for one, but where annotators write no prompts of their own.
    """
    prefetch_related_objects(projects, "rounds")
    written, enrolled = axes_with(GuidelineVersion, projects), axes_with(Enrolment, projects)
    current = [project.current_round() for project in projects if not project.stopped_at]
    done = why_done([round_ for round_ in current if round_ and round_.state == Round.State.OPEN])
    return {
        project.pk: _of_project(project)
        or _of_material(project, written[project.pk], enrolled[project.pk])
        or _of_rounds(project, done)
        for project in projects
    }


def why_done(rounds: list[Round]) -> dict[int, Done]:
    """Of these open rounds, those that need nobody any more, by primary key."""
    if not rounds:
        return {}
    answers: list[tuple[Any, Any]] = done_asked.send(sender=Round, rounds=rounds)
    return {pk: why for _receiver, found in answers for pk, why in found.items()}


def axes_with(kind: type[Model], projects: Iterable[Project]) -> dict[int, set[str]]:
    """The axes for which each project has one of this kind."""
    found = defaultdict[int, set[str]](set)
    for project, axis in kind._default_manager.filter(project__in=projects).values_list("project", "axis").distinct():
        found[project].add(axis)
    return found


def _of_project(project: Project) -> Next | None:
    if not project.stopped_at:
        return None
    return Next(
        _("The project is stopped: nobody gets work in it until you resume it."),
        _("Resume the project"),
        reverse("project_resume", args=[project.slug]),
        posts=True,
    )


def _of_material(project: Project, written: set[str], enrolled: set[str]) -> Next | None:
    for axis in project.axes_in_order():
        if axis not in written:
            return Next(
                _("Write the %(axis)s guideline: what annotators judge by.") % {"axis": _in_a_sentence(axis)},
                _("Write the %(axis)s guideline") % {"axis": _in_a_sentence(axis)},
                reverse("guideline_new", args=[project.slug, axis]),
            )
    for axis in project.axes_in_order():
        if axis not in enrolled:
            return Next(
                _("Nobody judges %(axis)s yet. Enrol a cohort of annotators.") % {"axis": _in_a_sentence(axis)},
                _("Enrol a cohort"),
                reverse("enrolments", args=[project.slug]),
            )
    return None


def _of_rounds(project: Project, done: dict[int, Done]) -> Next:
    current = project.current_round()
    if current is None or current.state == Round.State.CLOSED:
        start = _("Start a round: it brings guidelines, models and prompts together, and opens the work.")
        go_on = _(
            "Round %(n)d is closed, and what was judged can be exported. Start the next round when you want more."
        )
        sentence = go_on % {"n": current.number} if current else start
        return Next(sentence, _("Start a round"), reverse("round_new", args=[project.slug]))
    url, name = reverse("round", args=[project.slug, current.number]), {"n": current.number}
    if current.state == Round.State.DRAFT:
        return Next(
            _("Round %(n)d is a draft. Choose its models and prompts, then open it.") % name,
            _("Go on with round %(n)d") % name,
            url,
        )
    if current.state == Round.State.REVIEW:
        return Next(
            _("Round %(n)d is in review. Close it, or start the next one.") % name,
            _("Look at round %(n)d") % name,
            url,
        )
    open_ = {
        Done.TARGET: _("Round %(n)d has reached its target: put it into review."),
        Done.PROMPTS: _("Everybody has used every prompt of round %(n)d: add prompts, or put it into review."),
        None: _("Round %(n)d is open: annotators have work."),
    }
    why = done.get(current.pk)
    return Next(open_[why] % name, _("Look at round %(n)d") % name, url, runs=why is None)


def _in_a_sentence(axis: Axis) -> str:
    return axis.label.lower()
