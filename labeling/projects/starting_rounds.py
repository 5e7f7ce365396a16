"""What a new round may start from, so that nobody types last week's terms again."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from labeling.projects.models import ModelVersion, PairPolicyEntry, Project, Round


@dataclass(frozen=True)
class Start:
    key: str
    label: str
    help: str
    versions: Sequence[ModelVersion] = ()


def starts(project: Project) -> list[Start]:
    """The choices for this project, the one to suggest first."""
    last = project.rounds.filter(imported=False).order_by("number").last()
    before = [entry.model_version for entry in policy_of(last)]
    newest = newest_with_previous(before)
    found = []
    if newest:
        found.append(
            Start(
                "newest",
                _("The newest model with the one before it"),
                _("Shows whether the newest model is better than the one before it, or has become worse."),
                newest,
            )
        )
    if last:
        same = Start("same", _("As round %(n)d") % {"n": last.number}, _("The same models and settings."), before)
        found.insert(0 if not newest or set(newest) <= set(before) else 1, same)
    return [*found, Start("empty", _("Empty"), _("You choose the models and the settings."))]


def newest_with_previous(before: Sequence[ModelVersion]) -> list[ModelVersion]:
    """The newest checked version and the newest other one of the round before, else of all; none if there are no two.

    Llama 2 sampled both in every weekly batch (arXiv 2307.09288, section 3.2.2).
    """
    usable = list(ModelVersion.objects.usable().order_by("-created_at", "-pk"))
    if len(usable) < 2:
        return []
    newest = usable[0]
    others = sorted((version for version in before if version in usable[1:]), key=usable.index)
    return [newest, others[0] if others else usable[1]]


@transaction.atomic
def begin(project: Project, start: str, number: int) -> Round:
    """A draft from one of `starts`, which is to be round `number`: the one that has this number already, where somebody
    asked twice. Settings come from the round before; a new version samples as the one beside it. Raises RoundNotReady
    where numbers cannot be had now."""
    Round.objects.hold_numbers(project)
    if there := project.rounds.filter(number=number).first():
        return there
    chosen = next(one for one in starts(project) if one.key == start)
    last = project.rounds.filter(imported=False).order_by("number").last()
    draft = Round.objects.draft(project, like=None if start == "empty" else last)
    if start == "newest":
        known = {entry.model_version_id: entry for entry in policy_of(last)}
        beside = known.get(chosen.versions[1].pk, PairPolicyEntry())
        draft.revise(
            [
                PairPolicyEntry(model_version=version, **{**numbers(known.get(version.pk, beside)), "weight": 1.0})
                for version in chosen.versions
            ]
        )
    return draft


def policy_of(round_: Round | None) -> list[PairPolicyEntry]:
    return list(round_.policy.select_related("model_version").order_by("pk")) if round_ else []


def numbers(entry: PairPolicyEntry) -> dict[str, float]:
    return {name: getattr(entry, name) for name in PairPolicyEntry.NUMBERS}
