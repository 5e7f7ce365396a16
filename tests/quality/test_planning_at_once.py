"""Planners and the people they plan for, at the same moment."""

from functools import partial
from threading import Thread

import pytest
from django.db import connection

from labeling.comparisons import leases
from labeling.projects.models import Axis
from labeling.quality import planning
from labeling.quality.models import GoldCopy
from tests.comparisons.overlapped import overlapped
from tests.people import join, make_project
from tests.quality.test_planning import at_work, certain, next_round, planned


@pytest.mark.django_db(transaction=True)
def test_planners_and_people_at_once_give_nobody_a_pair_twice(transactional_db):
    """Planners in several processes, while everybody is asking for the pairs that others began."""
    people, manager = (
        [join("first", f"p{number}@example.org") for number in range(4)],
        join("managers", "m@example.org"),
    )
    project = make_project("help", (Axis.HELPFULNESS,), gold_share=10, repeat_share=10)
    sources = [certain(people[0], project, manager) for _ in range(3)]
    later = next_round(project)
    overlapped(project, 3)
    for person in people:
        at_work(person, project, 2)
    errors: list[Exception] = []

    def run(act) -> None:
        try:
            for _ in range(4):
                act()
        except Exception as error:  # noqa: BLE001 - looked at in the end
            errors.append(error)
        finally:
            connection.close()

    acts = [planning.plan] * 4 + [partial(leases.claim, person, later, [Axis.HELPFULNESS]) for person in people]
    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    planning.plan()
    assert GoldCopy.objects.count() == len(sources)
    given = [planned(person).values_list("comparison", flat=True) for person in people[1:]]
    assert all(0 < len(pairs) <= planning.AHEAD and len(set(pairs)) == len(pairs) for pairs in given)
