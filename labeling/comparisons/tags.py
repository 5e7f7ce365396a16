"""What is asked of a prompt that its author writes: its language, and in projects about safety its risk and attack."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from labeling.cohorts.models import Person
from labeling.dialogues.forms import HARMLESS
from labeling.projects import languages
from labeling.projects.models import Axis, Project, Prompt

if TYPE_CHECKING:
    from labeling.comparisons.steps import PromptStep


@dataclass
class Option:
    value: str
    label: Any
    chosen: bool


@dataclass
class Tags:
    """What there is to choose from. `offered` is the language that stands there at first; a page sends it back, so that
    one that was chosen is told from one that was left. No risks where they are not asked for."""

    offered: str
    languages: SafeString
    risks: list[Option]
    attacks: list[Option]

    @classmethod
    def of(cls, step: "PromptStep", project: Project, person: Person, accepted: str) -> "Tags":
        """As they were sent, else as the turn before has them, else with nothing said; where safety is all that a
        project is about, whether a prompt is adversarial has to be said."""
        offered = languages.offered(person.language, accepted)
        sent, before = step.form.data, step.before
        risk = "" if project.axes == [Axis.SAFETY] and not before else HARMLESS
        risk = sent.get("risk", (before and before.risk) or risk)
        attack = sent.get("attack", before.attack if before else "")
        risks: list[tuple[str, Any]] = [("", _("Choose …"))] if risk == "" else []
        risks += [(HARMLESS, _("not adversarial")), *Prompt.Risk.choices]
        asked, language = Axis.SAFETY in project.axes, sent.get("language", "")
        return cls(
            offered=sent.get("offered", offered),
            languages=languages.options(language if languages.is_tag(language) else offered),
            risks=options(risks, risk) if asked else [],
            attacks=options([("", _("Choose …")), *Prompt.Attack.choices], attack) if asked else [],
        )


def options(choices: Iterable[tuple[str, Any]], chosen: str) -> list[Option]:
    return [Option(value, label, value == chosen) for value, label in choices]
