"""What was asked of a reward model, in words: for its page."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.dialogues.templatetags.figures import duration, percent
from labeling.rewards.models import Run
from labeling.rewards.wanted import Loss, Margin, Wanted

LOSSES: dict[Loss, Promise] = {
    Loss.HARD: gettext_lazy("the margin between the two rewards"),
    Loss.SCALED: gettext_lazy("scaled by the margin"),
    Loss.SOFT: gettext_lazy("soft: the share of people who chose it"),
}
MARGINS: dict[Margin, Promise] = {
    Margin.NONE: gettext_lazy("none"),
    Margin.SMALL: gettext_lazy("small: 1, 2/3, 1/3, 0"),
    Margin.LARGE: gettext_lazy("large: 3, 2, 1, 0"),
}
DONE: dict[str, Promise] = {
    "encode": gettext_lazy("Reading the texts took"),
    "train": gettext_lazy("Training took"),
    "score": gettext_lazy("Testing took"),
}


def asked_for(run: Run) -> list[tuple[str, str]]:
    """Name and value of everything that was asked for, and how long it took."""
    took = [(str(said), duration(run.seconds.get(name))) for name, said in DONE.items() if name in run.seconds]
    return [*(trained(run) if run.kind == Run.Kind.TRAINED else []), *took]


def trained(run: Run) -> list[tuple[str, str]]:
    wanted = Wanted.of(run.wanted)
    facts: list[tuple[str, Any]] = [
        (_("Begun from"), run.base),
        (_("Loss"), LOSSES[wanted.loss]),
        (_("Margin"), MARGINS[wanted.margin]),
        (_("Weight of the safety labels"), f"{wanted.safety_weight:g}" if wanted.safety_weight else ""),
        (_("Share of other data"), percent(wanted.mix) if wanted.mix else ""),
        (_("Other data from"), run.mixed_in and _("Snapshot %(number)d") % {"number": run.mixed_in.number}),
        (_("Epochs"), f"{wanted.epochs:g}"),
        (_("Learning rate"), f"{wanted.learning_rate:g}"),
        (_("Pairs a step"), wanted.batch_pairs),
        (_("Longest dialogue, in tokens"), wanted.max_length),
        (_("Weights"), _("LoRA of rank %(rank)d") % {"rank": wanted.lora_rank} if wanted.lora_rank else _("all")),
        (_("Seed"), wanted.seed),
    ]
    return [(name, str(value)) for name, value in facts if value not in ("", None)]
