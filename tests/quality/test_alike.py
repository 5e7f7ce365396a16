"""Nothing that comes to an annotator tells a pair with a known answer from another person's pair."""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from difflib import unified_diff

import pytest
from django.test import Client
from django.utils import timezone

from labeling.cohorts.models import Cohort
from labeling.comparisons import leases, next_step, pairs
from labeling.comparisons.models import Assignment, Comparison, Overlap
from labeling.projects.models import Axis, Project, Role
from labeling.quality.models import GoldCopy
from tests.comparisons.overlapped import overlapped
from tests.comparisons.pages import judge
from tests.people import join, make_project
from tests.quality.judging import compared, judged
from tests.quality.test_planning import at_work, certain, next_round, plan, planned

WORK = "/projects/help/work/"
HTMX = {"HX-Request": "true"}
HELP = ((Axis.HELPFULNESS,), (Axis.HELPFULNESS, Axis.SAFETY))
DIFFERS = (  # from one answer to the next, whatever the pair; of keys all but the sort that they are of
    (r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", r"KEY\1"),
    (r"\b[0-9a-f]{8}\.[0-9a-f]{8}\b", "RESPONSES"),  # in the name of a draft
    (r"""(/passes/|data-person=")\d+""", r"\1NUMBER"),
    (r"\d\d:\d\d(:\d\d)?(\.\d{1,6})?", "CLOCK"),
    (r"\w{3}, \d\d \w{3} \d{4} CLOCK GMT", "DATE"),
    (r"""(messages="?[^:;"]+)[^;"]*""", r"\1"),  # when it was signed
    (r"""(name="csrfmiddlewaretoken" value="|nonce="|'nonce-|csrftoken": ?"|csrftoken=)[^"';]+""", r"\1DRAWN"),
)


@pytest.fixture
def people(db):
    """The first writes pairs; the two others are called the same and have the same work before them."""
    return [join("first", f"ann@{number}.example.org") for number in range(3)]


@pytest.fixture(params=HELP, ids=len)
def project(request, people) -> Project:
    made = make_project("help", request.param, gold_share=100, repeat_share=0)
    return overlapped(made, 2, most_extra=0)


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """What is planned comes first, and pairs stand as they were written."""
    monkeypatch.setattr(next_step, "drawn", lambda *_: 0.0)
    for module in (leases, pairs):
        monkeypatch.setattr(module._random, "random", lambda: 0.9)


def plain(text: str) -> str:
    for what, instead in DIFFERS:
        text = re.sub(what, instead, text)
    return text


@dataclass(frozen=True)
class Came:
    """All that an annotator gets with one answer, but for what is drawn for it."""

    status: int
    text: str
    headers: dict[str, str]
    cookies: list[str]

    @classmethod
    def of(cls, answer) -> "Came":
        headers = {name: plain(value) for name, value in answer.headers.items() if name != "Tandem-Person"}
        assert int(headers.pop("Content-Length", len(answer.content))) == len(answer.content)
        cookies = sorted(plain(cookie.OutputString()) for cookie in answer.cookies.values())
        return cls(answer.status_code, plain(answer.content.decode()), headers, cookies)


def alike(known: Came, other: Came) -> bool:
    lines = [one.text.splitlines() for one in (known, other)]
    print("\n".join(unified_diff(*lines, "known", "other", n=0, lineterm="")))  # shown where the test fails
    return known == other


def known_elsewhere(author, project, manager) -> Comparison:
    """Certain, and of the round before: what people get is a copy."""
    source = certain(author, project, manager)
    source.turn.correct_language("en-GB")
    next_round(project)
    return source


def same_pair(author, project) -> Comparison:
    """Of the author's, in the round that is open, which one more person is to judge."""
    pair = compared(author, project, language="en-GB")
    for own in pair.own_assignments():
        judged(pair, author, 2, kind="author", axis=own.axis)
    return pair


def kinds(person) -> set[str]:
    return set(Assignment.objects.of(person).leased().values_list("kind", flat=True))


@pytest.fixture
def both_wait(people, project, manager) -> None:
    """For the second person a pair of which the answer is known, for the third another person's: each has one."""
    known_elsewhere(people[0], project, manager)
    for person in people[1:]:
        at_work(person, project)
    Overlap.objects.update(free=[])
    same_pair(people[0], project)
    plan(project)
    while planned(people[1]).filter(swapped=True).exists():
        planned(people[1]).delete()
        plan(project)
    planned(people[2]).delete()


def in_turn(people, does) -> list[dict[str, Came]]:
    """What comes to whoever has the known answer, and to the other one, who goes first and leaves no place free."""
    found = []
    for person, kind in ((people[2], "overlap"), (people[1], "gold")):
        client = Client()
        client.force_login(person)
        client.get("/")
        found.append(does(client, person, kind))
    return found[::-1]


def from_first_to_last(client, person, kind) -> dict[str, Came]:
    """Everything that the page lets anybody do with a pair."""
    page = client.get(WORK)
    assert kinds(person) == {kind}
    axes = Assignment.objects.of(person).leased().order_by("axis")
    first, *_ = pair = list(axes)
    own = f"/assignments/{first.pk}"
    passing = {"reason": "subject", "key": uuid.uuid4()}
    found = {
        "page": page,
        "step": client.get(WORK, headers=HTMX),
        "lease": client.post(f"{own}/lease/"),
        "opened": client.get(f"{own}/change/", headers=HTMX),
        "reported": client.post(f"{own}/reports/", {"reason": "upsetting", "key": uuid.uuid4()}, headers=HTMX),
        "refused": client.post(f"{own}/cannot/", {"reason": ""}, headers=HTMX),
        "passed on": client.post(f"{own}/pass/", passing, headers=HTMX),
        "undone": client.post(f"/passes/{person.passes.get().pk}/undo/", headers=HTMX),
    }
    assert kinds(person) == {kind}
    for one in pair:
        found[f"judged {one.axis}"] = judge(client, one)
    found |= {
        "list": client.get("/projects/help/mine/"),
        "reports": client.get("/projects/help/reports/mine/"),
        "changed": judge(client, first, choice=2, from_list=1),
        "cannot": client.post(f"{own}/cannot/", {"reason": "subject", "key": uuid.uuid4()}),
        "list again": client.get("/projects/help/mine/"),
        "page again": client.get(WORK),
    }
    return {name: Came.of(answer) for name, answer in found.items()}


def test_all_that_comes_of_it_is_the_same(people, both_wait):
    known, other = in_turn(people, from_first_to_last)
    assert GoldCopy.objects.filter(comparison__assignments__in=Assignment.objects.of(people[1])).exists()
    assert "One." in known["page"].text and known["page"].headers["Cache-Control"]
    assert [name for name in known if not alike(known[name], other[name])] == []
    assert {one.status for one in known.values()} == {200, 204, 422}


def after_an_own_pair(client, person, kind) -> dict[str, Came]:
    """By htmx, on each axis; the last answer is the next pair."""
    own = compared(person, Project.objects.get())
    client.defaults["HTTP_HX_REQUEST"] = "true"
    found = {one.axis: judge(client, one) for one in sorted(own.own_assignments(), key=lambda one: one.axis)}
    assert kinds(person) == {kind}
    return {axis: Came.of(answer) for axis, answer in found.items()}


def test_so_is_the_answer_to_a_judgement_that_brings_it(people, both_wait):
    known, other = in_turn(people, after_an_own_pair)
    assert [axis for axis in known if not alike(known[axis], other[axis])] == []
    *_, last = known.values()
    assert last.status == 200 and "One." in last.text


def and_comes_back(client, person, kind) -> dict[str, Came]:
    """Whoever closed the page, and opens it when the pair is theirs no more: before it was taken back, and after."""
    first = client.get(WORK)
    assert kinds(person) == {kind}
    own = Assignment.objects.of(person).leased().order_by("axis")[0]
    Assignment.objects.leased().update(leased_until=timezone.now() - timedelta(hours=1))
    found = {"first": first, "before": client.get(WORK)}
    leases.take_back_lapsed()
    found |= {"after": client.get(WORK), "late": judge(client, own)}
    Overlap.objects.update(free=[])
    return {name: Came.of(answer) for name, answer in found.items()}


def test_so_is_what_comes_to_who_was_away_too_long(people, both_wait):
    known, other = in_turn(people, and_comes_back)
    assert [name for name in known if not alike(known[name], other[name])] == []
    assert "One." in known["first"].text and "One." not in known["before"].text + known["after"].text


def test_its_sides_are_drawn(people, project, manager):
    certain(people[0], project, manager)
    many = [join("first", f"{number}@example.org") for number in range(20)]
    for person in many:
        at_work(person, project)
    Overlap.objects.update(free=[])
    plan(project)
    sides = Assignment.objects.filter(person__in=many).planned().values_list("swapped", flat=True)
    assert set(sides) == {False, True}  # all alike once in 500,000 times


def test_whoever_does_not_read_its_language_gets_none_of_it(people, project, manager):
    source = certain(people[0], project, manager)
    source.turn.correct_language("pt-BR")
    Overlap.objects.update(free=[])
    for person, spoken in zip(people[1:], (["ar"], ["pt"]), strict=True):
        reads(person, project, spoken)
    plan(project)
    assert not planned(people[1]).exists()
    assert planned(people[2]).exists()


def reads(person, project, spoken) -> None:
    """In a cohort of their own for these languages."""
    person.memberships.update(left_at=timezone.now())
    cohort = Cohort.objects.create(name=" ".join(spoken), languages=spoken)
    cohort.memberships.create(person=person)
    for axis in project.axes:
        project.enrolments.create(cohort=cohort, axis=axis, overlap=2)
    at_work(person, project)


@pytest.mark.parametrize("kind", Role.Kind.values)
def test_nobody_is_given_it_who_may_read_what_is_known(people, project, manager, kind):
    certain(people[0], project, manager)
    for person in people[1:]:
        at_work(person, project)
    Overlap.objects.update(free=[])
    project.roles.create(person=people[1], kind=kind)
    plan(project)
    assert not planned(people[1]).exists() and planned(people[2]).exists()


def test_nobody_is_given_what_is_known_on_an_axis_that_they_do_not_work_on(people, manager):
    both = overlapped(make_project("help", gold_share=100, repeat_share=0), 2)
    certain(people[0], both, manager, (Axis.SAFETY,))
    at_work(people[1], both)
    people[1].memberships.update(left_at=timezone.now())
    only = Cohort.objects.create(name="helpfulness only")
    only.memberships.create(person=people[1])
    both.enrolments.create(cohort=only, axis=Axis.HELPFULNESS, overlap=2)
    Overlap.objects.update(free=[])
    plan(both)
    assert not planned(people[1]).exists()
    certain(people[0], both, manager, (Axis.HELPFULNESS,))
    Overlap.objects.update(free=[])
    plan(both)
    assert set(planned(people[1]).values_list("axis", flat=True)) == {"helpfulness"}
