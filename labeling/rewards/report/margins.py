"""How far apart a reward model sets what people prefer and what they do not, and what it gets most wrong. Pure."""

from typing import Any

import numpy as np

from labeling.rewards.report.accuracy import DEGREES
from labeling.rewards.report.held import Held

BARS = 20
INSIDE = 99.0  # percent of all margins that the bars are drawn for; the outermost have the rest as well
WORST = 20


def margins(held: Held) -> dict[str, Any]:
    """Counts in equal steps around zero, and of each degree what a quarter, a half and three quarters lie under."""
    margin = held.margin
    far = float(np.percentile(np.abs(margin), INSIDE)) or 1.0
    counts, edges = np.histogram(np.clip(margin, -far, far), bins=BARS, range=(-far, far))
    quarters = {
        str(degree): np.percentile(margin[held.degree == degree], [25, 50, 75]).tolist()
        for degree in DEGREES
        if (held.degree == degree).any()
    }
    return {"edges": edges.tolist(), "counts": counts.tolist(), "quarters": quarters}


def worst(held: Held) -> list[dict[str, Any]]:
    """Where it is wrong by most."""
    margin = held.margin
    order = [place for place in np.argsort(margin, kind="stable")[:WORST] if margin[place] < 0]
    return [
        {
            **{"comparison": held.comparison[place], "margin": float(margin[place])},
            **{"degree": int(held.degree[place]), "judges": int(held.judges[place])},
            "agree": float(held.share[place] if held.prefers_first[place] else 1 - held.share[place]),
        }
        for place in order
    ]
