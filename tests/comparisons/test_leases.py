"""What managers see of leases, and what they can do about them."""

import pytest

from labeling.comparisons.models import Assignment
from labeling.comparisons.others import Others
from tests.comparisons.overlapped import claim, free_slots, judged_by, lapse, overlapped
from tests.comparisons.overlapped import people as people
from tests.comparisons.overlapped import project as project
from tests.comparisons.pages import judge
from tests.people import make_project, manage

PAGE = "/projects/help/leases/"


@pytest.fixture
def client(client, manager, project):
    manage(project, manager)
    client.force_login(manager)
    return client


def test_every_live_lease_is_there_with_a_pseudonym_and_no_name(client, alice, people, project):
    judged_by(alice, project)
    mine, gone = claim(people[0], project), claim(people[1], project)
    lapse(gone)
    page = client.get(PAGE)
    text = page.content.decode()
    assert people[0].pseudonym in text and people[1].pseudonym not in text
    assert people[0].email not in text and str(mine.pk) in text


def test_a_pair_that_somebody_has_on_two_axes_is_one_row(client, alice, people, manager):
    both = overlapped(make_project("both"), 3)
    manage(both, manager)
    judged_by(alice, both)
    first = claim(people[0], both)
    claim(people[1], both)
    page = client.get("/projects/both/leases/").content.decode()
    assert page.count(">Release<") == 2 and page.count("Helpfulness, Safety") == 2
    client.force_login(people[0])
    judge(client, first)
    client.force_login(manager)
    page = client.get("/projects/both/leases/").content.decode()
    assert page.count(">Release<") == 2 and page.count("Helpfulness, Safety") == 1


def test_nobody_holds_anything_is_said(client):
    assert "Nobody has a pair of somebody else" in client.get(PAGE).content.decode()


def test_a_released_pair_goes_to_the_next_person(client, alice, people, project):
    comparison = judged_by(alice, project)
    theirs = claim(people[0], project)
    page = client.post(f"{PAGE}{theirs.pk}/release/", follow=True)
    assert "has that pair no more" in page.content.decode()
    assert sorted(free_slots(comparison)) == [1, 2]


def test_nobody_else_gets_what_was_for_one_person_alone(client, alice, people, project):
    judged_by(alice, project)
    seen = claim(people[0], project)
    same = {"comparison": seen.comparison, "axis": seen.axis, "guideline": seen.guideline, "swapped": False}
    repeat = Assignment.objects.create(**same, person=people[0], slot=None, kind="repeat", chance=1)
    page = client.post(f"{PAGE}{repeat.pk}/release/", follow=True).content.decode()
    assert "so nobody else gets it" in page and "whoever comes next" not in page


def test_an_own_pair_is_nobodys_to_release(client, alice, project):
    own = judged_by(alice, project).own_assignments().get()
    assert client.post(f"{PAGE}{own.pk}/release/").status_code == 404


def test_what_was_sent_before_a_release_stays(client, alice, people, project):
    judged_by(alice, project)
    theirs = claim(people[0], project)
    client.force_login(people[0])
    judge(client, theirs)
    client.force_login(project.roles.get().person)
    client.post(f"{PAGE}{theirs.pk}/release/")
    theirs.refresh_from_db()
    assert theirs.judgement and theirs.slot is not None


def test_the_round_says_how_far_others_have_come(alice, people, project, client):
    judged_by(alice, project)
    first = claim(people[0], project)
    claim(people[1], project)
    client.force_login(people[0])
    judge(client, first)
    round_ = project.rounds.get()
    assert Others.of(round_) == Others(judged=1, leased=1, open=0, surplus=0)
    judged_by(alice, project)
    assert Others.of(round_).open == 2
    Assignment.objects.filter(pk=first.pk).update(slot=None)
    assert (Others.of(round_).judged, Others.of(round_).surplus) == (0, 1)
