"""What dialogues tell the slices to their right."""

from django.dispatch import Signal

turn_ready = Signal()
"""Both completions of `turn` are DONE and no gate stops them. Sent inside the transaction that stores the
second: once a turn, and once more for each response that its author stopped and asked for again."""

completion_redrawn = Signal()
"""A gate or its author stopped the completion `old`; `new` stands in its place. Sent inside the transaction that says
so, always before `turn_ready` of their turn."""
