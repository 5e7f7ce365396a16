"""What an author can do about a response that failed; why it did is for managers."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.dialogues.models import Completion, State
from labeling.dialogues.stopping import NOTHING_YET


def problem_of(completion: Completion, pair: tuple[Completion, Completion]) -> str:
    """Empty where it did not fail. Both of a pair that is too long say the larger number: each model counts tokens in
    its own way, and would be known by it."""
    if completion.state != State.FAILED:
        return ""
    if completion.error == NOTHING_YET:
        return _("You stopped it before anything was written.")
    if completion.tokens_over is None:
        return _("This response could not be written. Your manager can see why.")
    over = max(one.tokens_over or 0 for one in pair)
    return ngettext(
        "This conversation is %(n)d token too long for the model, which reads nothing in part. "
        "End it, and start again with a shorter prompt.",
        "This conversation is %(n)d tokens too long for the model, which reads nothing in part. "
        "End it, and start again with a shorter prompt.",
        over,
    ) % {"n": over}
