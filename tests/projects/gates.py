"""What tests of gates share: every gate at once, and texts to put through them."""

from labeling.projects.gates import Gate, pair_stopped, stopped

EVERY = tuple(Gate)
PARAGRAPH = (
    "Sourdough goes flat when the starter is weak or when the dough has proofed for too long. Feed the starter twice a "
    "day until it doubles within six hours, keep the dough in a warm place, and shape it gently so that the gas stays "
    "inside. Bake it in a hot pot with the lid on, then take the lid off and wait until the crust is dark and crisp. "
    "Let the loaf cool on a rack before you cut it, since the crumb sets only while it cools."
)
SUM = (
    "Each box holds 12 apples, and there are 7 boxes on the cart, so there are 84 apples altogether. The farmer sells "
    "half of them in the morning and gives a third of the remaining apples to the school, which leaves her with 28 "
    "apples for the evening. She puts them back on the cart, covers them with a cloth, and drives slowly home along "
    "the river before the sun goes down behind the hills."
)


def gate(text: str, finish_reason: str = "stop", names: tuple[str, ...] = ()) -> Gate | None:
    return stopped(text, finish_reason, EVERY, names)


def pair(one: str, other: str) -> Gate | None:
    return pair_stopped(one, other, EVERY)
