"""How much one person may have open at the same time: nobody keeps the work of others to themselves."""

from labeling.cohorts.models import Person
from labeling.comparisons.models import Comparison
from labeling.projects.models import Round

MOST_WRITTEN = 2  # pairs that are being written for one person
MOST_UNJUDGED = MOST_WRITTEN + 1  # with the one that is judged meanwhile


class TooManyAtOnce(Exception):
    """The person must judge one of their pairs before they get another one, from however many tabs they ask."""


def hold(person: Person) -> None:
    """Whatever gives this person a pair comes one after the other, until the transaction ends.

    The round is held before the person, and the person before any dialogue. Rows that only refer to the person are
    written meanwhile.
    """
    Person.objects.select_for_update(no_key=True).values_list("pk").get(pk=person.pk)


def has_enough_open(person: Person, round_: Round) -> bool:
    """Whether they have as many pairs to judge as they may; stays so until they judge, while the person is held."""
    own = Comparison.objects.under_way().filter(round=round_, turn__dialogue__author=person)
    return own.count() >= MOST_UNJUDGED
