"""Exactly as many judgements as a comparison asks for, whoever asks at the same moment, goes away, or comes late."""

import random
import socket
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPException
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.db.models import Count
from django.test import Client as Visitor
from django.utils import timezone

from labeling.cohorts.models import Person, Withdrawal
from labeling.comparisons import leases
from labeling.comparisons.models import Assignment, Comparison, Judgement, Overlap
from labeling.projects.models import Axis
from tests.benchmarks.browser import Browser, Form
from tests.people import answer, ask, join, make_project
from tests.processes import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS, WANTED = 64, 3
WORK = "/projects/help/work/"


class Client(Thread):
    """An annotator's browser, judging whatever it is given once all have been given something. `habit` is what else
    happens to it.
    """

    def __init__(self, port: int, person: Person, habit: str = "") -> None:
        super().__init__()
        self.browser, self.person, self.habit = Browser(port), person, habit
        self.random = random.Random(person.pk)
        self.saved = 0
        self.begin: Barrier | None = None
        self.unsent: list[Form] = []
        self.errors: list[Exception] = []

    def sign_in(self) -> None:
        """As anybody who has come by the sign-in page."""
        visitor = Visitor()
        visitor.force_login(self.person)
        self.browser.cookies["sessionid"] = visitor.cookies["sessionid"].value

    def run(self) -> None:
        try:
            page = self.browser.visit(WORK)
            assert self.begin
            self.begin.wait(PATIENCE)
            while judgement := page.forms.get("judge"):
                if self.habit == "killed" and self.random.random() < 0.5:
                    return self.send_and_die(judgement)
                if self.habit == "late" and not self.unsent:
                    self.unsent.append(judgement)
                    return None
                page = self.submit(judgement)
                if self.habit == "withdraws" and self.saved == 2:
                    return self.withdraw()
        except Exception as error:  # noqa: BLE001 - looked at in the end
            self.errors.append(error)

    def submit(self, judgement: Form):
        page = self.browser.post(judgement, choice=self.random.choice((-2, 3)))
        self.saved += 1
        return page

    def withdraw(self) -> None:
        try:
            Withdrawal.objects.begin(self.person)
        finally:
            connection.close()

    def send_and_die(self, judgement: Form) -> None:
        """The answer leaves, or a part of it, and nobody hears whether it came."""
        body = "&".join(f"{name}={value}" for name, value in {**judgement.fields, "choice": 2}.items())
        head = f"POST {judgement.url} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in self.browser.headers().items())
        whole = f"{head}\r\n{body}".encode()
        with suppress(OSError, HTTPException), socket.create_connection(("127.0.0.1", self.browser.port)) as link:
            link.sendall(whole[: self.random.choice((len(whole), len(whole) - 20))])


@pytest.fixture
def clients(installation):
    """Sixty-four people of one cohort, signed in."""
    people = [join("first", f"annotator-{number}@example.org") for number in range(CLIENTS)]
    made = [Client(installation.port, person) for person in people]
    for client in made:
        client.sign_in()
    return made


def comparisons(number: int) -> None:
    """So many without an author, each of which three people are to judge."""
    project = make_project("help", (Axis.HELPFULNESS,))
    author = join("second", "author@example.org")
    turn = ask(author, project)
    answer(turn)
    pair = Comparison.objects.get(turn=turn)
    terms = {"project": project, "round": pair.round, "context": pair.context, "ready_at": pair.ready_at}
    made = [Comparison(first=pair.first, second=pair.second, **terms) for _ in range(number)]
    Comparison.objects.bulk_create(made)
    Overlap.objects.bulk_create(
        Overlap(
            comparison=comparison,
            round=pair.round,
            axis=Axis.HELPFULNESS,
            wanted=WANTED,
            most=WANTED,
            free=list(range(WANTED)),
        )
        for comparison in made
    )


def work(clients: list[Client]) -> None:
    begin = Barrier(len(clients))
    for client in clients:
        client.begin = begin
        client.start()
    for client in clients:
        client.join()
    assert not [error for client in clients for error in client.errors]


def again(clients: list[Client]) -> list[Client]:
    """The same people, with a new page."""
    made = []
    for before in clients:
        client = Client(before.browser.port, before.person)
        client.browser.cookies = dict(before.browser.cookies)
        made.append(client)
    return made


def counted():
    return Assignment.objects.counted().exclude(kind=Assignment.Kind.AUTHOR)


def exactly_n_by_nobody_twice(number: int) -> None:
    each = counted().values_list("comparison").annotate(n=Count("pk")).values_list("n", flat=True)
    assert Counter(each) == {WANTED: number}
    people = Assignment.objects.values("comparison", "person").annotate(n=Count("pk"))
    assert set(people.values_list("n", flat=True)) == {1}
    assert not Overlap.objects.with_room().exists()


def test_sixty_four_at_once_judge_exactly_what_is_asked(clients):
    comparisons(200)
    work(clients)
    exactly_n_by_nobody_twice(200)
    assert sum(client.saved for client in clients) == 600
    assert not Assignment.objects.leased().exists()
    assert not counted().model.objects.filter(slot=None).exists()


def test_whoever_is_killed_in_the_middle_leaves_no_slot_empty_or_filled_twice(clients):
    comparisons(80)
    for client in clients[:24]:
        client.habit = "killed"
    work(clients)
    wait_until(lambda: not Judgement.objects.filter(assignment__done_at=None).exists())
    lapse_all()
    work(again(clients[24:]))
    exactly_n_by_nobody_twice(80)
    assert not Assignment.objects.leased().exists()


def test_whoever_comes_late_is_heard_and_not_counted(clients):
    comparisons(80)
    for client in clients[:16]:
        client.habit = "late"
    work(clients)
    lapse_all()
    work(again(clients[16:]))
    late = [client for client in clients if client.unsent]
    for client in late:
        client.submit(client.unsent[0])
    exactly_n_by_nobody_twice(80)
    surplus = Assignment.objects.filter(slot=None, done_at__isnull=False)
    assert surplus.count() == len(late) == 16
    assert not Assignment.objects.leased().exists()


def test_whoever_withdraws_in_the_middle_leaves_their_places_to_others(clients):
    comparisons(80)
    for client in clients[:16]:
        client.habit = "withdraws"
    work(clients)
    work(again(clients[16:]))
    exactly_n_by_nobody_twice(80)
    gone = Withdrawal.objects.values("person")
    assert gone.count() == 16
    assert not counted().filter(person__in=gone).exists()
    assert Judgement.objects.filter(assignment__person__in=gone).count() == 32


def test_two_sweeps_and_a_late_answer_at_once_free_a_slot_once(clients):
    comparisons(80)
    held = [leases.claim(client.person, *place()) for client in clients]
    assert all(held)
    Assignment.objects.leased().update(leased_until=timezone.now() - timedelta(seconds=1))
    sweeps = [Thread(target=swept) for _ in range(3)]
    for sweep in sweeps:
        sweep.start()
    for sweep in sweeps:
        sweep.join()
    work(clients)
    exactly_n_by_nobody_twice(80)


def place():
    round_ = Comparison.objects.first().round
    return round_, [Axis.HELPFULNESS]


def swept() -> None:
    try:
        leases.take_back_lapsed()
    finally:
        connection.close()


def lapse_all() -> None:
    Assignment.objects.leased().update(leased_until=timezone.now() - timedelta(seconds=1))
    leases.take_back_lapsed()
