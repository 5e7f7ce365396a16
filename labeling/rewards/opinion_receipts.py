"""What training workers say of responses they were asked about. Every task asks for the signature that went out."""

from typing import Any

from django.utils.translation import gettext as _

from labeling.dialogues.receipts import POLICY
from labeling.receipts import app
from labeling.rewards import opinions
from labeling.rewards.models import Opinion
from labeling.rewards.receipts import broke_off, known

LARGEST = 1e9  # of a reward, which is a number of one digit or two


@app.task(name="receipts.opinion_progress", **POLICY)
def opinion_progress(run: str, attempt: int, receipt: str, **_fields: Any) -> None:
    if ours := known(Opinion, run, attempt, receipt):
        ours.beat()


@app.task(name="receipts.opinion_given", **POLICY)
def opinion_given(run: str, attempt: int, receipt: str, rewards: Any, **_fields: Any) -> None:
    ours = known(Opinion, run, attempt, receipt)
    if ours is None:
        return
    found = checked(ours, rewards)
    if found is None:
        ours.fail(_("What the worker said makes no sense: it is not about what it was asked. Ask again."))
    else:
        ours.give(found)


@app.task(name="receipts.opinion_failed", **POLICY)
def opinion_failed(run: str, attempt: int, receipt: str, detail: Any, stopped: Any = False, **_fields: Any) -> None:
    if ours := known(Opinion, run, attempt, receipt):
        broke_off(ours, detail, stopped, opinions.send)


def checked(opinion: Opinion, rewards: Any) -> dict[str, list[list[float] | None]] | None:
    """A number for each response, or nothing for a line as a whole; None where it is anything else."""
    axes = [axis for axis in ("helpfulness", "safety") if getattr(opinion, f"{axis}_id")]
    if not isinstance(rewards, dict) or set(rewards) != set(axes):
        return None
    wanted = [len(line["responses"]) for line in opinion.lines]
    for said in rewards.values():
        if not isinstance(said, list) or len(said) != len(wanted):
            return None
        if not all(one is None or is_rewards(one, number) for one, number in zip(said, wanted, strict=True)):
            return None
    return rewards


def is_rewards(said: Any, number: int) -> bool:
    if not isinstance(said, list) or len(said) != number:
        return False
    return all(isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < LARGEST for one in said)
