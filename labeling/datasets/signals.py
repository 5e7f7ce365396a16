"""What data sets tell the slices to their right."""

from django.dispatch import Signal

fetched = Signal()
"""Of `snapshot` bytes left the installation: those of `what`, a path or a folder, to `by`, or to a command (None)."""
