"""What the weights of a pair policy make of the pairs, for the people who set them."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.projects.models import ModelVersion, Round
from labeling.projects.pair_policy import appearances, pair_shares
from labeling.projects.starting_rounds import policy_of


class Meaning:
    """How often each version will stand in a pair, and each two of them together, in percent."""

    versions: list[dict[str, Any]]
    pairs: list[dict[str, Any]]

    def __init__(self, versions: Sequence[ModelVersion], weights: Sequence[float | None], different: bool) -> None:
        self.problem = self._problem(versions, weights, different)
        if self.problem:
            return
        sure = [weight or 0.0 for weight in weights]
        self.versions = [
            {"version": version, "percent": 100 * share}
            for version, share in zip(versions, appearances(sure, different=different), strict=True)
        ]
        shares = sorted(pair_shares(sure, different=different).items(), key=lambda item: -item[1])
        self.pairs = [
            {"one": versions[one], "other": versions[other], "percent": 100 * share} for (one, other), share in shares
        ]

    @classmethod
    def of(cls, round_: Round) -> "Meaning":
        """Of what is saved."""
        entries = policy_of(round_)
        versions = [entry.model_version for entry in entries]
        return cls(versions, [entry.weight for entry in entries], round_.two_different_versions)

    @staticmethod
    def _problem(versions: Sequence[ModelVersion], weights: Sequence[float | None], different: bool) -> str:
        needed = 2 if different else 1
        if len(versions) < needed:
            text = ngettext(
                "Choose a model version to see how often it stands in a pair.",
                "Choose %(n)d model versions to see how often each stands in a pair.",
                needed,
            )
            return text % {"n": needed}
        if len(set(versions)) < len(versions):
            return _("A model version is chosen twice.")
        return _("A weight is missing.") if None in weights else ""
