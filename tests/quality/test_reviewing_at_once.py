"""Two reviewers at one queue in the same moment."""

import re
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client

from labeling.comparisons.models import Assignment, Judgement
from labeling.projects.models import Axis, Project
from labeling.quality import computing, reviewing, unreviewed
from labeling.quality.models import Review, Unreviewed
from tests.people import join, make_project
from tests.processes import PATIENCE, wait_until
from tests.quality.judging import compared, judged

pytestmark = pytest.mark.django_db(transaction=True)

REVIEW = "/projects/help/review/"
SHOWN = re.compile(REVIEW + r"(\d+)/")
ACCEPT: dict[str, str] = {}
SEND_BACK = {"reason": "Read both, please.", "to": "same"}
DECISIONS = {"accepted": ACCEPT, "rejected": SEND_BACK}


class Reviewer(Thread):
    """A browser at the queue that `asked` says, which decides about whatever it is shown until nothing is."""

    def __init__(self, project: Project, name: str, decision: str, asked: str, begin: Barrier) -> None:
        super().__init__()
        self.person = join("reviewers", f"{name}@example.org")
        project.roles.create(person=self.person, kind="reviewer")
        self.decision, self.asked, self.begin = decision, asked, begin
        self.client = Client(headers={"HX-Request": "true"})
        self.client.force_login(self.person)
        self.saved: list[int] = []
        self.told: list[int] = []
        self.errors: list[Exception] = []

    def run(self) -> None:
        try:
            page = self.client.get(REVIEW + self.asked).content.decode()
            self.begin.wait(PATIENCE)
            while found := SHOWN.search(page):
                page = self.decide(int(found[1]))
        except Exception as error:  # noqa: BLE001 - looked at in the end
            self.errors.append(error)
        finally:
            connection.close()

    def decide(self, pk: int) -> str:
        answer = self.client.post(f"{REVIEW}{pk}/{self.asked}", DECISIONS[self.decision])
        page = answer.content.decode()
        assert answer.status_code in (200, 409)
        assert ("waits no more" in page) == (answer.status_code == 409)
        (self.saved if answer.status_code == 200 else self.told).append(pk)
        following = SHOWN.search(page)
        assert following is None or int(following[1]) != pk, "it goes on to another one"
        return page


@pytest.fixture
def project(transactional_db) -> Project:
    """Ten pairs on which three people differ."""
    people = [join("first", f"p{number}@example.org") for number in range(3)]
    made = make_project("help", (Axis.HELPFULNESS,))
    for _ in range(10):
        pair = compared(people[0], made)
        for person, step in zip(people, (2, 3, -1), strict=True):
            judged(pair, person, step, kind="author" if person == people[0] else "overlap")
    computing.note_new()
    return made


def at_once(project: Project, asked: str, decisions: tuple[str, str]) -> list[Reviewer]:
    begin = Barrier(2)
    both = [Reviewer(project, f"r{n}", decision, asked, begin) for n, decision in enumerate(decisions)]
    for reviewer in both:
        reviewer.start()
    for reviewer in both:
        reviewer.join()
    assert not [error for reviewer in both for error in reviewer.errors]
    assert not Unreviewed.objects.exists()
    return both


@pytest.mark.parametrize("decisions", [("accepted", "accepted"), ("accepted", "rejected"), ("rejected", "rejected")])
def test_each_judgement_has_one_decision_and_whoever_comes_second_is_told(project, decisions):
    both = at_once(project, "?share=100", decisions)
    everything = set(Judgement.objects.values_list("pk", flat=True))
    assert sorted(pk for one in both for pk in one.saved) == sorted(everything)
    assert any(one.told for one in both)
    assert set().union(*(one.told for one in both)) <= everything
    for one in both:
        mine = Review.objects.standing().filter(reviewer=one.person)
        assert set(mine.values_list("judgement", "decision")) == {(pk, one.decision) for pk in one.saved}
    each = Review.objects.values("judgement").annotate(n=Count("pk"))
    assert set(each.values_list("n", flat=True)) == {1}
    sent_back = Review.objects.filter(decision="rejected")
    assert Assignment.objects.filter(kind="rework").count() == sent_back.count()
    assert set(sent_back.values_list("judgement__assignment__slot", flat=True)) <= {None}


def test_so_it_is_with_pairs_on_which_people_differ_first(project):
    both = at_once(project, "?by=split", ("accepted", "accepted"))
    assert sorted(pk for one in both for pk in one.saved) == sorted(Judgement.objects.values_list("pk", flat=True))
    assert Review.objects.standing().count() == Review.objects.count() == 30


def test_what_waits_of_a_pair_is_as_both_decided(project):
    rita, ron = (join("reviewers", f"{name}@example.org") for name in ("rita", "ron"))
    first, second, third = Unreviewed.objects.filter(comparison=Unreviewed.objects.first().comparison).order_by("pk")

    def decide() -> None:
        try:
            reviewing.accept(second.judgement, ron)
        finally:
            connection.close()

    beside = Thread(target=decide)
    with transaction.atomic():
        reviewing.accept(first.judgement, rita)
        beside.start()
        wait_until(somebody_waits)
    beside.join()
    assert list(Unreviewed.objects.filter(comparison=first.comparison)) == [third]


def test_what_is_kept_in_the_background_waits_for_who_decides_and_sees_it(project):
    rita = join("reviewers", "rita@example.org")
    one = Unreviewed.objects.select_related("judgement").first()

    def look_at_all() -> None:
        try:
            unreviewed.note(project, 0, computing.newest_judgement())
        finally:
            connection.close()

    beside = Thread(target=look_at_all)
    with transaction.atomic():
        reviewing.accept(one.judgement, rita)
        beside.start()
        wait_until(somebody_waits)
    beside.join()
    assert Unreviewed.objects.count() == 29 and not Unreviewed.objects.filter(pk=one.pk).exists()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
