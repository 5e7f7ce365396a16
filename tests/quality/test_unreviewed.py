"""What is kept of what waits for reviewers, against everything looked at anew by other means."""

import random
from collections import Counter
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from labeling.cohorts.models import Person, Withdrawal
from labeling.comparisons.models import Assignment
from labeling.projects.models import Project
from labeling.quality import computing, reviewing, unreviewed
from labeling.quality.models import Computation, Review, Unreviewed
from tests.people import join, make_project
from tests.processes import wait_until
from tests.quality.judging import compared, computed, judged, say
from tests.quality.test_computing import busy
from tests.quality.test_computing import people as people
from tests.quality.test_computing import project as project


@pytest.fixture
def rita(project):
    reviewer = join("reviewers", "rita@example.org")
    project.roles.create(person=reviewer, kind="reviewer")
    return reviewer


def by_hand(project: Project) -> dict[int, tuple]:
    """Of each judgement that waits, whose it is and how far people agree on its pair, one by one."""
    rows = Assignment.objects.filter(comparison__project=project, slot__isnull=False, judgement__isnull=False)
    counted = list(rows.select_related("judgement", "comparison__round"))
    found = {}
    for one in counted:
        on_pair = [other for other in counted if (other.comparison_id, other.axis) == (one.comparison_id, one.axis)]
        votes = Counter(other.judgement.chosen_id for other in on_pair if other.judgement.chosen_id)
        agreement = max(votes.values()) / votes.total() if len(votes) > 1 and one.judgement.chosen_id else None
        last = Review.objects.filter(judgement=one.judgement).order_by("-number").first()
        decided = last is not None and last.decision != Review.Decision.TAKEN_BACK
        if not decided and one.comparison.round.state in ("open", "review"):
            found[one.judgement_id] = (one.person_id, one.axis, one.comparison_id, one.comparison.round_id, agreement)
    return found


def kept(project: Project) -> dict[int, tuple]:
    rows = Unreviewed.objects.filter(project=project)
    return {row.pk: (row.person_id, row.axis, row.comparison_id, row.round_id, row.agreement) for row in rows}


def review_some(project: Project, reviewer: Person, drawn: random.Random) -> None:
    """Accept, send back and take back, as it comes."""
    for row in drawn.sample(list(Unreviewed.objects.filter(project=project).select_related("judgement")), 8):
        if drawn.random() < 0.5:
            review = reviewing.accept(row.judgement, reviewer)
        else:
            review = reviewing.reject(row.judgement, reviewer, "Read both.", drawn.choice(["same", "other"]))
        if drawn.random() < 0.4:
            reviewing.take_back(review, reviewer)


@pytest.mark.parametrize("seed", range(2))
def test_what_is_kept_is_what_looking_at_everything_anew_finds(project, people, rita, seed):
    drawn = busy(project, people, seed, 8)
    computing.note_new()
    assert kept(project) == by_hand(project)
    for _ in range(3):
        review_some(project, rita, drawn)
        assert kept(project) == by_hand(project), "a decision is seen at once"
        busy(project, people, drawn.randrange(1000), 3)
        computing.note_new()
        assert kept(project) == by_hand(project)
    unreviewed.note(project, 0, computing.newest_judgement())
    assert kept(project) == by_hand(project)


def test_what_was_changed_waits_as_it_is_now(project, people):
    pair = compared(people[0], project)
    own = judged(pair, people[0], 2, kind="author")
    judged(pair, people[1], 3)
    computing.note_new()
    assert {row.agreement for row in Unreviewed.objects.all()} == {None}
    say(own, -4)
    computing.note_new()
    own.refresh_from_db()
    assert {row.agreement for row in Unreviewed.objects.all()} == {0.5}
    assert kept(project) == by_hand(project) and own.judgement_id in kept(project)


def test_nothing_waits_of_a_round_that_is_closed(project, people):
    judged(compared(people[0], project), people[0], 2, kind="author")
    computing.note_new()
    assert Unreviewed.objects.count() == 1
    round_ = project.rounds.get()
    round_.review()
    unreviewed.note(project, 0, computing.newest_judgement())
    assert Unreviewed.objects.count() == 1
    round_.close()
    unreviewed.note(project, 0, computing.newest_judgement())
    assert not Unreviewed.objects.exists()


@pytest.fixture
def settled(transactional_db, monkeypatch) -> Project:
    """All of which is looked at, and none of which is looked at again; where a few keys are many."""
    monkeypatch.setattr(unreviewed, "AGAIN", 0)
    monkeypatch.setattr(unreviewed, "SPAN", 3)
    project, alice = make_project(), join("first", "alice@example.org")
    judged(compared(alice, project), alice, 2, kind="author")
    computing.note_new()
    wait_until(lambda: is_settled(project))
    return project


def is_settled(project: Project) -> bool:
    """It takes a computing until all is over that went on at the one before."""
    return computed(project).settled_to == computing.newest_judgement() > 0


def test_what_was_passed_over_is_found_when_figures_are_computed(settled):
    """As a judgement whose key was given long before it was committed, while figures were computed twice."""
    alice, bob = Person.objects.get(), join("first", "bob@example.org")
    begun, go_on, pair = Event(), Event(), compared(alice, settled)

    def slowly() -> None:
        with transaction.atomic():
            judged(pair, alice, 2, kind="author")
            begun.set()
            go_on.wait(60)
        connection.close()

    slow = Thread(target=slowly)
    slow.start()
    assert begun.wait(60)
    for _ in range(3):
        judged(compared(bob, settled), bob, 2, kind="author")
        computing.note_new()
        computed(settled)
    go_on.set()
    slow.join()
    computed(settled)
    assert kept(settled) == by_hand(settled) and len(kept(settled)) == 5


@pytest.mark.parametrize("seed", range(2))
def test_what_is_kept_bit_by_bit_is_what_a_look_at_everything_finds(settled, monkeypatch, seed):
    people = [join("first", f"p{number}@example.org") for number in range(6)]
    rita, looked = join("reviewers", "rita@example.org"), []
    settled.roles.create(person=rita, kind="reviewer")
    note = unreviewed.note
    monkeypatch.setattr(unreviewed, "note", lambda *asked: looked.append(asked[1:]) or note(*asked))
    for turn in range(4):
        drawn = busy(settled, people, seed + 10 * turn, 4)
        computing.note_new()
        review_some(settled, rita, drawn)
        if turn == 2:
            Withdrawal.objects.begin(people.pop())
        computed(settled)
        assert kept(settled) == by_hand(settled)
    begins = [after for after, _to in looked]
    assert begins.count(0) <= 1, "when somebody withdrew"
    wait_until(lambda: is_settled(settled))
    computed(settled)
    assert looked[-1][0] == computing.newest_judgement(), "nothing is looked at again"


def test_of_a_restored_database_nothing_waits_for_the_transactions_of_another_server(settled):
    Computation.objects.update(looked_by=2**40)
    wait_until(lambda: is_settled(settled))


def test_other_projects_are_left_as_they_are(project, people):
    other = make_project("other", cohort="others")
    for where in (project, other):
        judged(compared(people[0], where), people[0], 2, kind="author")
    computing.note_new()
    unreviewed.note(project, 0, computing.newest_judgement())
    assert len(kept(other)) == len(kept(project)) == 1
