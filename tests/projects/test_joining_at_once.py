"""Many who come by the same link at once, on real transactions."""

from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client

from labeling.cohorts.models import Cohort, Invitation, Person
from tests.cohorts.limits import no_attempts
from tests.people import join
from tests.projects.invited import TYPED, invite, people

__all__ = ["no_attempts"]

pytestmark = pytest.mark.usefixtures("no_attempts")
AT_ONCE = 6


@pytest.fixture
def cohort(transactional_db) -> Cohort:
    return Cohort.objects.create(name="first")


@pytest.fixture
def maria(transactional_db) -> Person:
    return Person.objects.create_user("maria@example.org", name="Maria Costa", is_staff=True)


def together(*sends) -> list[int]:
    """Each on a thread with a connection of its own, none before all are there; the statuses of the answers."""
    gate, statuses = Barrier(len(sends)), []

    def run(send) -> None:
        try:
            gate.wait()
            statuses.append(send().status_code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(send,)) for send in sends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_a_link_lets_in_no_more_than_its_limit_and_leaves_nobody_half_in(cohort, maria):
    link = invite(cohort, maria, limit=2)
    typed = [TYPED | {"email": f"p{number}@example.org"} for number in range(AT_ONCE)]
    statuses = together(*[lambda sent=sent: Client().post(link, sent) for sent in typed])
    assert statuses.count(302) == 2 and set(statuses) <= {302, 410, 422}
    assert (Invitation.objects.get().used, len(people(cohort)), Person.objects.exclude(pk=maria.pk).count()) == (
        2,
        2,
        2,
    )


def test_a_personal_link_makes_one_account_from_however_many_tabs(cohort, maria):
    link = invite(cohort, maria, email="ana@example.org")
    statuses = together(*[lambda: Client().post(link, TYPED) for _ in range(AT_ONCE)])
    assert statuses.count(302) == 1 and set(statuses) <= {302, 410, 422}
    assert people(cohort) == {"ana@example.org"} and Invitation.objects.get().used == 1


def test_one_account_joins_once_from_however_many_tabs_and_links(cohort, maria):
    bob = join("second", "bob@example.org")
    tabs = []
    for link in [invite(cohort, maria, limit=9)] * 3 + [invite(cohort, maria, limit=9)] * 3:
        browser = Client()
        browser.force_login(bob)
        tabs.append(lambda browser=browser, link=link: browser.post(link))
    assert together(*tabs) == [302] * AT_ONCE
    assert cohort.memberships.count() == 1
    assert sum(Invitation.objects.values_list("used", flat=True)) == 1
