"""What cohorts tell the slices to their right."""

from django.dispatch import Signal

left_cohort = Signal()
"""`person` is out of a cohort. Sent inside the transaction that says so."""
