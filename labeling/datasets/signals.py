"""What data sets tell the slices to their right."""

from django.dispatch import Signal

exported = Signal()
"""The judgements of `project` were written to files; `manifest` says which."""
