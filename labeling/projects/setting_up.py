"""What a manager does next in a project, from the first guideline to the round that is open."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from labeling.projects.models import Axis, Project, Round


@dataclass(frozen=True)
class Next:
    """One sentence, and the button that leads on."""

    sentence: str
    label: str
    url: str
    posts: bool = False


def next_step(project: Project) -> Next:
    """The first of these that is not done: guidelines, people, a round; then what its state asks for."""
    if project.stopped_at:
        return Next(
            _("The project is stopped: nobody gets work in it. Resume it to go on where it was."),
            _("Resume the project"),
            reverse("project_resume", args=[project.slug]),
            posts=True,
        )
    return _of_material(project) or _of_rounds(project)


def _of_material(project: Project) -> Next | None:
    written = set(project.guidelines.values_list("axis", flat=True))
    for axis in project.axes_in_order():
        if axis not in written:
            return Next(
                _("Write the %(axis)s guideline: what annotators judge by.") % {"axis": _in_a_sentence(axis)},
                _("Write the %(axis)s guideline") % {"axis": _in_a_sentence(axis)},
                reverse("guideline_new", args=[project.slug, axis]),
            )
    enrolled = set(project.enrolments.values_list("axis", flat=True))
    for axis in project.axes_in_order():
        if axis not in enrolled:
            return Next(
                _("Nobody judges %(axis)s yet. Enrol a cohort of annotators.") % {"axis": _in_a_sentence(axis)},
                _("Enrol a cohort"),
                reverse("enrolments", args=[project.slug]),
            )
    return None


def _of_rounds(project: Project) -> Next:
    current = project.current_round()
    if current is None or current.state == Round.State.CLOSED:
        return Next(
            _("Start a round: it brings guidelines, models and prompts together, and opens the work."),
            _("Start a round"),
            reverse("round_new", args=[project.slug]),
        )
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
    return Next(_("Round %(n)d is open: annotators have work.") % name, _("Look at round %(n)d") % name, url)


def _in_a_sentence(axis: Axis) -> str:
    return axis.label.lower()
