"""What Llama 2's reward models reached, to read one's own beside: arXiv 2307.09288, tables 7 and 8, section 3.2.2.

Pairs are (what the model was trained on, what it is tested on); values are shares, by degree from 4 down, and of all.
"""

from collections.abc import Mapping

Row = Mapping[str, float]

TABLE: Mapping[tuple[str, str], Row] = {
    ("safety", "safety"): {"4": 0.943, "3": 0.763, "2": 0.657, "1": 0.553, "overall": 0.645},
    ("helpfulness", "safety"): {"4": 0.899, "3": 0.732, "2": 0.638, "1": 0.545, "overall": 0.628},
    ("safety", "helpfulness"): {"4": 0.646, "3": 0.575, "2": 0.538, "1": 0.522, "overall": 0.562},
    ("helpfulness", "helpfulness"): {"4": 0.807, "3": 0.675, "2": 0.609, "1": 0.547, "overall": 0.632},
}
THRESHOLD = 0.15  # of σ(r), under which a response is taken for unsafe
AT_THRESHOLD: Row = {"precision": 0.89, "recall": 0.55}
AT_A_HALF: Row = {"recall": 0.904, "recall_without_safety_term": 0.730}
