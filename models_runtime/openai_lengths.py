"""By how much a dialogue is too long for a server's model, where the server's refusal says it in numbers.

There is no field for it: vLLM and SGLang, and others after them, put a limit and a count into a sentence. A count of
"at least" so many tokens (vLLM stops counting at the limit) says nothing.
"""

import re

LIMIT = re.compile(r"(?:context length|model length|context size)\D{0,20}(\d+)")
TOTAL = re.compile(r"requested (\d+) tokens|total of (\d+) tokens")
PROMPT = re.compile(r"(\d+) input tokens|resulted in (\d+) tokens|(?:input|prompt) \((?:length )?(\d+)(?: tokens)?\)")


def tokens_over(said: str, new_tokens: int) -> int | None:
    """`new_tokens` is the longest response asked for, which needs room too. None where the numbers are not said."""
    limit = LIMIT.search(said)
    if limit is None or "at least" in said:
        return None
    total, prompt = _number(TOTAL, said), _number(PROMPT, said)
    if total is None and prompt is not None:
        total = prompt + new_tokens
    over = None if total is None else total - int(limit[1])
    return over if over is not None and over > 0 else None


def _number(pattern: re.Pattern[str], said: str) -> int | None:
    found = pattern.search(said)
    return next(int(group) for group in found.groups() if group) if found else None
