"""What cohorts tell the slices to their right, and what they ask of them."""

from django.dispatch import Signal

joins = Signal()
"""Somebody is about to make an account by an invitation, which will have the key `person`."""

left_cohort = Signal()
"""`person` is out of a cohort. Sent inside the transaction that says so."""

link_asked = Signal()
"""May `maker` let `person` in by a sign-in link, as things are now? A receiver returns whether they may."""

withdrew = Signal()
"""`person` has taken back what they agreed to. Sent inside the transaction that says so, after `left_cohort`."""
