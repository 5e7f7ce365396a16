"""What projects tell the slices to their right, and what they ask of them."""

from django.dispatch import Signal

work_over = Signal()
"""No more responses are wanted for `round_`: it went into review, or its project was stopped. Sent inside the
transaction that says so."""

round_closed = Signal()
"""`round_` takes no judgement any more, of whatever kind. Sent inside the transaction that closes it."""

model_version_added = Signal()
"""`person` has added `version`, which no worker has seen yet. Sent inside the transaction that adds it."""

done_asked = Signal()
"""Which of `rounds`, a list of open ones or drafts, need nobody any more? A receiver returns {primary key: why}, see
`Done`."""

advice_asked = Signal()
"""What else should the manager of `round_` know before it opens, or while it is open? A receiver returns a list of
`Missing`."""

uses_asked = Signal()
"""How often was each of `prompts`, a list of primary keys, sent to models? A receiver returns {primary key: times}."""

checks_asked = Signal()
"""Which of `versions`, a list of primary keys of new ones, are being checked? A receiver returns the set of those."""
