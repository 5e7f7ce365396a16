"""The margin of the reward model's loss, by degree: Llama 2's two scales (arXiv 2307.09288, appendix A.3.3, table 27).

The loss is -log σ(r_chosen - r_rejected - m): the clearer the preference, the further apart the rewards must be. A file
has a margin in every row or in none, since trainers look at the first row alone: the preset "none" leaves it out.
"""

from collections.abc import Mapping

NONE = "none"
MARGINS: Mapping[str, Mapping[int, float]] = {
    "small": {4: 1.0, 3: 2 / 3, 2: 1 / 3, 1: 0.0},
    "large": {4: 3.0, 3: 2.0, 2: 1.0, 1: 0.0},
}
PRESETS = (NONE, *MARGINS)
