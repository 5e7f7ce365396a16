"""What the encoder may report. Each task asks for the signature that went out with the request."""

import logging
import re
from typing import Any

from labeling.dialogues.receipts import POLICY, Refused, Unusable, printable
from labeling.receipts import app
from labeling.rewards import encoding

logger = logging.getLogger(__name__)

_SHA256 = re.compile(r"[0-9a-f]{64}")
LONGEST = 500  # characters of a reason


@app.task(name="receipts.encoded", **POLICY)
def encoded(comparisons: list[str], receipt: str, **result: Any) -> None:
    known(comparisons, receipt)
    encoding.store(**checked(comparisons, result))
    encoding.go_on()


@app.task(name="receipts.not_encoded", **POLICY)
def not_encoded(comparisons: list[str], receipt: str, detail: str, **_: Any) -> None:
    """It is asked again once its key has expired, which gives whoever must mend something a pause."""
    known(comparisons, receipt)
    logger.warning("%d comparisons were not encoded: %s", len(comparisons), printable(detail)[:LONGEST])


def known(comparisons: list[str], receipt: str) -> None:
    """Raises Refused for a receipt that nobody signed."""
    if not encoding.is_genuine(list(map(str, comparisons)), str(receipt)):
        raise Refused(f"a receipt with a wrong signature, for {len(comparisons)} comparisons to encode")


def checked(comparisons: list[str], result: dict[str, Any]) -> dict[str, Any]:
    """What `encoding.store` takes, of what was asked for alone; Unusable for others."""
    try:
        rows, refused = list(result["rows"]), dict(result["refused"])
        fields = {"encoder": str(result["encoder"]), "artifact": str(result["artifact"])}
        seconds = float(result["seconds"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unusable(f"The encoder's result was incomplete or malformed: {error!r}.") from error
    named = [*rows, *refused]
    hashes = [fields["encoder"], *([fields["artifact"]] if rows else [])]
    if len(set(named)) != len(named) or not set(named) <= set(comparisons) or not all(map(_SHA256.fullmatch, hashes)):
        raise Unusable("The encoder's result makes no sense: it is not about what it was asked, or names no files.")
    reasons = {name: printable(why)[:LONGEST] or "no reason was given" for name, why in refused.items()}
    return {**fields, "rows": rows, "refused": reasons, "seconds": seconds}
