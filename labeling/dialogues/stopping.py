"""One response that its author has stopped, while the other one goes on.

What was written so far is the response: it is kept as any other is, with "stopped" as its finish reason. Its text is
what the token stream holds, so that nobody has to wait for a worker that hangs. Where nothing was written, it has
failed. Either may be asked for again.
"""

from labeling.dialogues import generation, streams
from labeling.dialogues.models import UNFINISHED, Completion
from labeling.projects import markdown

NOTHING_YET = "Its author stopped it before anything was written."


def stop(completion: Completion) -> bool:
    """False where it had ended already."""
    if completion.state not in UNFINISHED:
        return False
    text, attempt = streams.written(completion), completion.attempt
    if not text.strip():
        return generation.fail(completion, attempt, NOTHING_YET, permanent=True)
    result = {"text": text, "html": markdown.render(text), "finish_reason": Completion.STOPPED}
    if not generation.store_response(completion, attempt, **result):
        return False
    generation.announce(completion, attempt, "stored")
    return True
