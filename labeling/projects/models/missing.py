"""What a draft round still lacks, and what its manager should know before it opens."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.cohorts.models import Person
from labeling.projects.models.material import ModelVersion
from labeling.projects.models.project import Axis
from labeling.projects.models.prompts import Prompt
from labeling.projects.signals import advice_asked, done_asked

if TYPE_CHECKING:
    from labeling.projects.models.round import Round


@dataclass(frozen=True)
class Missing:
    """In words, with the page where it is mended; no page where there is none."""

    text: str
    url: str = ""

    def __str__(self) -> str:
        return self.text


def to_do(round_: "Round") -> list[Missing]:
    """What must be done before the round can be opened."""
    return [*_guidelines(round_), *_policy(round_), *_prompts(round_), *_open_round(round_)]


def advice(round_: "Round") -> list[Missing]:
    """What keeps a round from opening in vain: it may open all the same, and be mended while it is open."""
    people = _people(round_) or _of_others(round_)
    return [*people, *(_used_prompts(round_) or _few_prompts(round_))]


def _of_others(round_: "Round") -> list[Missing]:
    answers: list[tuple[Any, Any]] = advice_asked.send(sender=type(round_), round_=round_)
    return [one for _receiver, found in answers for one in found]


def _guidelines(round_: "Round") -> list[Missing]:
    project = round_.project
    written = set(project.guidelines.values_list("axis", flat=True))
    return [
        Missing(
            _("Write a guideline for the %(axis)s axis.") % {"axis": axis.label.lower()},
            reverse("guideline", args=[project.slug, axis]),
        )
        for axis in project.axes_in_order()
        if axis not in written
    ]


def _policy(round_: "Round") -> list[Missing]:
    entries = list(round_.policy.select_related("model_version").order_by("pk"))
    versions = [entry.model_version for entry in entries]
    checking = ModelVersion.being_checked(versions)
    found = [
        Missing(_unready(version, version.pk in checking), reverse("model_version", args=[version.pk]))
        for version in versions
        if version.checked_at is None
    ]
    needed = 2 if round_.two_different_versions else 1
    if len(entries) < needed:
        found.insert(0, _too_few(needed))
    return found


def _too_few(needed: int) -> Missing:
    if ModelVersion.objects.filter(check_error="").count() < needed:
        text = ngettext("Add a model version first.", "Add model versions first: it takes %(n)d that answer.", needed)
        return Missing(text % {"n": needed}, reverse("model_versions"))
    text = ngettext("Choose a model version.", "Choose %(n)d different model versions.", needed)
    return Missing(text % {"n": needed}, "#policy")


def _unready(version: ModelVersion, checking: bool) -> str:
    if version.check_error:
        text = _("The check of the model version “%(name)s” failed: mend it and check again, or choose another.")
    elif checking:
        text = _("Wait until the check of the model version “%(name)s” is over.")
    else:
        text = _("Have the model version “%(name)s” checked.")
    return text % {"name": version}


def _prompts(round_: "Round") -> list[Missing]:
    if round_.project.allows_own_prompts or _fitting(round_):
        return []
    text = _("Choose a prompt set with prompts that fit, or allow annotators to write their own.")
    return [Missing(text, "#settings")]


def _open_round(round_: "Round") -> list[Missing]:
    project = round_.project
    open_ = project.rounds.filter(state="open").exclude(pk=round_.pk).first()
    if open_ is None:
        return []
    return [
        Missing(_("Put the round that is open into review first."), reverse("round", args=[project.slug, open_.number]))
    ]


def _people(round_: "Round") -> list[Missing]:
    project = round_.project
    found = [_nobody(round_, axis) for axis in project.axes_in_order() if not _enrolled(round_, axis)]
    if project.stopped_at:
        text = _("The project is stopped: nobody gets work until you resume it.")
        found.append(Missing(text, reverse("project", args=[project.slug])))
    return found


def _nobody(round_: "Round", axis: Axis) -> Missing:
    """Where a cohort is enrolled, its people have yet to come."""
    project = round_.project
    cohort = project.enrolments.filter(axis=axis).values_list("cohort", flat=True).first()
    if cohort is None:
        text, url = _("Nobody works on %(axis)s: enrol a cohort."), reverse("enrolments", args=[project.slug])
    else:
        text = _("Nobody works on %(axis)s yet: invite people, or have those who are paused resume.")
        url = reverse("cohort", args=[project.slug, cohort])
    return Missing(text % {"axis": axis.label.lower()}, url)


def _used_prompts(round_: "Round") -> list[Missing]:
    """Of a draft; how an open round gets there is shown on its page as it happens."""
    if round_.state != "draft" or round_.project.allows_own_prompts or not _fitting(round_):
        return []
    answers: list[tuple[Any, Any]] = done_asked.send(sender=type(round_), rounds=[round_])
    if not any(round_.pk in done for _receiver, done in answers):
        return []
    text = _("Everybody has had every prompt of “%(name)s” in this project: add prompts to it, or choose another set.")
    return [Missing(text % {"name": round_.prompt_set}, reverse("prompt_set", args=[round_.prompt_set_id]))]


def _few_prompts(round_: "Round") -> list[Missing]:
    prompts, project = _fitting(round_), round_.project
    if round_.prompt_set_id and not prompts and project.allows_own_prompts:
        text = _("No prompt of “%(name)s” fits this project: annotators write every prompt themselves.")
        return [Missing(text % {"name": round_.prompt_set}, reverse("prompt_set", args=[round_.prompt_set_id]))]
    if not project.allows_own_prompts and round_.target is not None:
        people = len({pk for axis in project.axes_in_order() for pk in _enrolled(round_, axis)})
        often = people if round_.prompt_uses is None else min(people, round_.prompt_uses)
        most = prompts * often * project.max_turns
        if most and most < round_.target:
            text = _("A person gets each prompt once: these prompts and people make %(n)d comparisons at most.")
            if often < people:
                text = _("As often as a prompt may be used, these prompts make %(n)d comparisons at most.")
            return [Missing(text % {"n": most}, reverse("prompt_set", args=[round_.prompt_set_id]))]
    return []


def _fitting(round_: "Round") -> int:
    return Prompt.objects.filter(prompt_set=round_.prompt_set_id).fitting(round_.project).count()


def _enrolled(round_: "Round", axis: Axis) -> list[int]:
    """Who is at work in a cohort that works on this axis, now."""
    people = Person.objects.filter(
        is_active=True,
        memberships__left_at=None,
        memberships__paused_at=None,
        memberships__cohort__enrolments__project=round_.project_id,
        memberships__cohort__enrolments__axis=axis,
    )
    return list(people.values_list("pk", flat=True).distinct())
