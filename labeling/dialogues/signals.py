"""What dialogues tell the slices to their right."""

from django.dispatch import Signal

turn_ready = Signal()
"""Both completions of `turn` are DONE. Sent once a turn, inside the transaction that stores the second."""
