"""Who may work: people, the cohorts they work in, and how they get in."""

from labeling.cohorts.models.people import (
    Cohort,
    Membership,
    Pause,
    Person,
    PersonManager,
    SignInLink,
    digest,
    new_pseudonym,
)

__all__ = ["Cohort", "Membership", "Pause", "Person", "PersonManager", "SignInLink", "digest", "new_pseudonym"]
