"""The losses of reward models, pair by pair. Pure torch: tensors in, one number out.

d is the reward of the chosen response less that of the rejected one, m the pair's margin, p the share of people who
chose as the row says.

    hard    −log σ(d − m)                            Llama 2, equation 2
    scaled  −(1 + m) log σ(d)                        a clearer preference weighs more; a pair of margin 0 weighs 1
    soft    −p log σ(d) − (1 − p) log σ(−d)          cross-entropy against what people said; margins have no part in it

The safety term is the mean binary cross-entropy of σ(r) against a response's label, of the responses that have one: our
reading of Llama 2's "auxiliary safety loss", of which it gives no formula.
"""

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

HARD, SCALED, SOFT = "hard", "scaled", "soft"
UNLABELLED = -1.0


def preference_loss(kind: str, difference: Tensor, margin: Tensor, share: Tensor) -> Tensor:
    """The mean of a batch; all three tensors are of one number a pair."""
    if kind == HARD:
        each = -logsigmoid(difference - margin)
    elif kind == SCALED:
        each = -(1 + margin) * logsigmoid(difference)
    elif kind == SOFT:
        each = -share * logsigmoid(difference) - (1 - share) * logsigmoid(-difference)
    else:
        raise ValueError(f"there is no loss {kind!r}")
    return each.mean()


def safety_loss(rewards: Tensor, safe: Tensor) -> Tensor:
    """`safe` is 1 or 0 for each reward, or UNLABELLED; 0 where none of them has a label."""
    labelled = safe != UNLABELLED
    if not labelled.any():
        return rewards.sum() * 0
    return binary_cross_entropy_with_logits(rewards[labelled], safe[labelled])
