"""How drafts are called: by what they begin from, so that none ever fits anything else."""

import uuid
from collections.abc import Iterable

from labeling.comparisons.changing import Change


def of_prompt(url: str, dialogue: uuid.UUID, number: int) -> str:
    """Of the prompt that is sent there; a conversation that has not begun has no name of its own."""
    return f"prompt:{url}" if number == 1 else f"prompt:{dialogue}:{number}"


def of_answer(url: str, responses: Iterable[str], change: Change | None) -> str:
    """Of the answer that is sent there about these responses, the first or one in place of another."""
    pair = ".".join(key[:8] for key in responses)
    return f"answer:{url}:{pair}:{change.revision if change else 0}"
