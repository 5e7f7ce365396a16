"""Who may work: people, the cohorts they work in, how they get in, and what they agree to."""

from labeling.cohorts.models.consent import Consent, ConsentOutdated, ConsentText, Withdrawal
from labeling.cohorts.models.invitation import Invitation, InvitationClosed
from labeling.cohorts.models.people import (
    Cohort,
    Membership,
    MembershipQuerySet,
    Pause,
    Person,
    PersonManager,
    new_pseudonym,
)
from labeling.cohorts.models.sign_in_link import SignInLink, digest

__all__ = [
    "Cohort",
    "Consent",
    "ConsentOutdated",
    "ConsentText",
    "Invitation",
    "InvitationClosed",
    "Membership",
    "MembershipQuerySet",
    "Pause",
    "Person",
    "PersonManager",
    "SignInLink",
    "Withdrawal",
    "digest",
    "new_pseudonym",
]
