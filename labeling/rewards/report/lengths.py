"""Whether a reward model rewards length: beside what people do, since longer responses often are better. Pure."""

from typing import Any

import numpy as np

from labeling.rewards.report.accuracy import hits
from labeling.rewards.report.held import Held
from labeling.rewards.report.resampling import Resampled, figure


def length_bias(held: Held, again: Resampled) -> dict[str, Any]:
    """How often the longer of two responses is preferred, by the model and by people; and how far differences of
    reward go with differences of length, the binary logarithm of their ratio: a correlation about zero, since which
    response is the first is chance."""
    lead, doublings = held.lead, held.doublings
    differ = (doublings != 0).astype(np.float64)
    first = np.where(held.prefers_first, 1.0, -1.0)
    model, people = again.shares(
        np.stack([hits(lead * doublings), hits(first * doublings)], axis=1), np.stack([differ, differ], axis=1)
    )
    products = again.sums(np.stack([lead * doublings, lead**2, doublings**2], axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        together = products[:, 0] / np.sqrt(products[:, 1] * products[:, 2])
    goes_with = figure(together, again.roots, len(held))
    return {"model": model.kept(), "people": people.kept(), "correlation": goes_with.kept()}
