"""What pages and the command call things."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.datasets.artifacts import GONE
from labeling.datasets.exclusions import Reason
from labeling.datasets.wanted import Aggregation, Config, Format
from labeling.projects.models import Axis

REASONS: dict[str, Promise] = {
    Reason.WITHDRAWN: _("withdrawn by whoever judged"),
    Reason.REJECTED: _("sent back by a reviewer"),
    Reason.UNQUALIFIED: _("by somebody who lacks a required qualification"),
    Reason.PAUSED_FOR_CAUSE: _("by somebody who is paused for cause"),
    Reason.GOLD: _("of a pair with a known answer"),
    Reason.REPEAT: _("of a pair they had judged before"),
    Reason.ADJUDICATION: _("a last word, which is not asked for or was taken back"),
    Reason.SURPLUS: _("beyond what was asked for"),
    Reason.RETIRED: _("of a pair that two people could not judge"),
    Reason.CANNOT_BE_JUDGED: _("that the pair cannot be judged"),
    Reason.SPLIT_MAJORITY: _("of a pair on which people are evenly divided"),
    Reason.IDENTICAL_RESPONSES: _("of two responses that are the same"),
    Reason.UNSAFE_CHOSEN: _("with an unsafe chosen response, left out of the DPO files alone"),
    Reason.TOO_LONG: _("too long"),
    Reason.NO_DEGREE: _("without a degree, left out of the files with margins alone; those without margins have them"),
}
AGGREGATIONS: dict[str, Promise] = {
    Aggregation.EVERY: _("a preference for every judgement"),
    Aggregation.MAJORITY: _("one a pair, by the majority"),
    Aggregation.ADJUDICATED: _("one a pair: the last word where there is one, else the majority"),
    Aggregation.MODEL: _("one a pair, by the annotator model"),
}
CONFIGS: dict[str, Promise] = {
    Config.HELPFULNESS: _("helpfulness: TRL's reward trainer"),
    Config.SAFETY: _("safety: TRL's reward trainer, with safety labels"),
    Config.DPO: _("dpo: TRL's DPO trainer, nothing unsafe chosen"),
    Config.OPENRLHF: _("openrlhf: OpenRLHF's reward and DPO trainers"),
    Config.SOFT: _("soft: shares of votes, and the annotator model's probabilities"),
    Config.JUDGEMENTS: _("judgements: everything that was said, one row each"),
}
FORMATS: dict[str, str | Promise] = {
    Format.JSONL: _("JSON Lines"),
    Format.JSONL_GZ: _("JSON Lines, gzip"),
    Format.JSONL_ZST: _("JSON Lines, Zstandard"),
    Format.PARQUET: "Parquet",
}
MARGINS: dict[str, Promise] = {
    "none": _("none"),
    "small": _("small: 1, 2/3, 1/3, 0"),
    "large": _("large: 3, 2, 1, 0"),
    "custom": _("other numbers"),
}


@dataclass(frozen=True)
class Counted:
    """One axis of a snapshot's counts, as a page shows them; `excluded` are those reasons that there are."""

    label: str
    judgements: int
    train: dict[str, int]
    held_out: dict[str, int]
    excluded: list[tuple[Promise, int]]

    @property
    def preferences(self) -> int:
        return self.train["preferences"] + self.held_out["preferences"]

    @property
    def left_out(self) -> int:
        return self.judgements - self.train["judgements"] - self.held_out["judgements"]

    def lack(self) -> str:
        """Why trainers get nothing of it, empty where they get something."""
        if self.preferences:
            return ""
        if self.judgements:
            return gettext("All that was judged of it is left out: its files have no rows.")
        return gettext("Nobody has judged any of it yet: its files have no rows.")


def trouble(error: Exception) -> str:
    """Of the store of files, with what to do."""
    if isinstance(error, GONE):
        return gettext(
            "A file is not what it was, or is gone from the store. Write the files again: they come out as they were, "
            "to the byte, or you read here that they do not. Or have whoever runs this installation bring it back from "
            "a backup."
        )
    return gettext(
        "The store of files does not answer. Nothing is lost: try again in some minutes, or tell whoever runs this "
        "installation."
    )


def counted(counts: dict[str, Any]) -> list[Counted]:
    return [
        Counted(
            label=str(Axis(axis).label),
            judgements=of["judgements"],
            train=of["train"],
            held_out=of["held_out"],
            excluded=[(said, of["excluded"][reason]) for reason, said in REASONS.items() if of["excluded"].get(reason)],
        )
        for axis, of in ((axis, counts[axis]) for axis in Axis.values if axis in counts)  # JSON keeps no order
    ]
