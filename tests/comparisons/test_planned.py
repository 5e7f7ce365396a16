"""Pairs that are planned for one person: what was sent back to them, and what is known already."""

import uuid
from dataclasses import replace

import pytest

from labeling.comparisons import at_once, leases, next_step, overlapping, sending_back
from labeling.comparisons.models import Assignment, Judgement, Timing
from labeling.comparisons.workbench import Desk
from labeling.projects.models import Round
from tests.comparisons.overlapped import claim, free_slots, judged_by, overlapped, prefers
from tests.comparisons.overlapped import people as people
from tests.comparisons.overlapped import project as project
from tests.comparisons.pages import judge
from tests.people import make_project

WORK = "/projects/help/work/"


@pytest.fixture
def carol(people):
    return people[0]


@pytest.fixture
def hers(client, carol):
    client.force_login(carol)
    return client


@pytest.fixture
def drawn(monkeypatch):
    """What the draw for the next pair is."""

    def decide(number: float) -> None:
        monkeypatch.setattr(next_step, "drawn", lambda *_: number)

    return decide


def plan(person, comparison, kind="gold", chance=0.2, axis="helpfulness") -> Assignment:
    own = comparison.own_assignments().get(axis=axis)
    terms = {"axis": own.axis, "guideline": own.guideline, "swapped": not own.swapped, "slot": None}
    return comparison.assignments.create(person=person, kind=kind, chance=chance, **terms)


def judged_by_carol(carol, alice, project) -> Assignment:
    judged_by(alice, project)
    assignment = claim(carol, project)
    overlapping.judge(assignment, prefers(assignment, True), uuid.uuid4(), Timing())
    return Assignment.objects.get(pk=assignment.pk)


def shown(browser, work=WORK) -> str:
    return getattr(browser.get(work).context["step"], "judge_url", "")


def url(assignment) -> str:
    return f"/assignments/{assignment.pk}/judgements/"


def test_what_is_planned_comes_as_often_as_its_chance_says(hers, carol, alice, drawn):
    project = make_project("help", ("helpfulness",))
    planned = plan(carol, judged_by(alice, project))
    drawn(0.21)
    assert shown(hers) == ""
    drawn(0.19)
    assert shown(hers) == url(planned)
    drawn(0.99)
    assert shown(hers) == url(planned)  # until it is judged


def test_it_looks_as_what_others_began_does(hers, carol, alice, project, drawn):
    """Apart from keys and texts the two pages are one and the same."""
    drawn(0.0)
    first = judged_by(alice, project)
    overlap = hers.get(WORK).context["step"]
    leases.release(Assignment.objects.of(carol).get())
    Assignment.objects.of(carol).delete()
    planned = plan(carol, first)
    known = hers.get(WORK).context["step"]
    assert known.judge_url == url(planned)
    different = {name for name, value in vars(known).items() if str(value) != str(getattr(overlap, name))}
    assert different <= {"judge_url", "lease_url", "key", "sides", "panels", "place"}


def test_an_answer_to_it_counts_for_nothing_but_the_days_work(hers, carol, alice, drawn):
    project = make_project("help", ("helpfulness",))
    planned = plan(carol, judged_by(alice, project))
    drawn(0.0)
    shown(hers)
    assert judge(hers, planned).status_code == 200
    planned.refresh_from_db()
    assert planned.judgement and planned.slot is None
    assert not Assignment.objects.counted().filter(pk=planned.pk).exists()
    assert Desk.at(carol, "help").done_today == 1


def test_it_comes_to_nobody_who_would_be_given_no_other_pair(hers, carol, alice, drawn, monkeypatch):
    """Else whatever came then would be known by that."""
    project = make_project("help", ("helpfulness",))
    planned = plan(carol, judged_by(alice, project))
    drawn(0.0)
    monkeypatch.setattr(at_once, "MOST_UNJUDGED", 0)
    assert shown(hers) == ""
    monkeypatch.undo()
    drawn(0.0)
    assert shown(hers) == url(planned)


def test_what_was_passed_on_does_not_come_again(hers, carol, alice, drawn):
    planned = plan(carol, judged_by(alice, make_project("help", ("helpfulness",))), chance=1)
    drawn(0.0)
    shown(hers)
    hers.post(f"/assignments/{planned.pk}/pass/", {"reason": "upsetting", "key": uuid.uuid4()})
    assert shown(hers) == ""


def test_what_is_sent_back_comes_first_and_fills_the_same_slot(hers, carol, alice, project):
    rejected = judged_by_carol(carol, alice, project)
    judged_by(alice, project)
    rework = sending_back.to_same_person(rejected)
    assert shown(hers) == url(rework)
    assert judge(hers, rework, choice=2).status_code == 200
    rejected.refresh_from_db()
    rework.refresh_from_db()
    assert (rejected.slot, rework.slot, rework.kind) == (None, 1, "rework")
    assert Judgement.objects.filter(assignment=rejected).exists()


def test_what_is_planned_no_more_once_it_is_to_come_is_none(carol, alice, project):
    """As where a reviewer takes back that it was sent back while its person is asking for work."""
    rejected = judged_by_carol(carol, alice, project)
    rework = sending_back.to_same_person(rejected)
    desk = Desk.at(carol, "help")
    assert desk.planned and sending_back.take_back(Assignment.objects.get(pk=rejected.pk), rework)
    assert leases.hand_over(carol, desk.round, desk.planned[0], desk.axes) is None


def test_an_answer_is_sent_back_once(carol, alice, project):
    rejected = judged_by_carol(carol, alice, project)
    assert sending_back.to_same_person(rejected)
    assert sending_back.to_same_person(rejected) is None


def test_an_authors_answer_may_be_sent_back_too(client, alice, project):
    comparison = judged_by(alice, overlapped(project, 1))
    rework = sending_back.to_same_person(comparison.own_assignments().get())
    client.force_login(alice)
    assert shown(client) == url(rework)
    judge(client, rework)
    assert Assignment.objects.counted().get(comparison=comparison) == rework


def test_what_goes_to_somebody_else_goes_to_nobody_who_has_seen_it(carol, people, alice, project):
    comparison = judged_by(alice, overlapped(project, 1))
    sending_back.to_somebody_else(comparison.own_assignments().get())
    assert free_slots(comparison) == [0]
    assert claim(alice, project) is None
    assert claim(people[1], project).slot == 0


def test_rework_is_done_while_its_round_is_reviewed_and_nothing_else_is(hers, carol, alice, project):
    rejected = judged_by_carol(carol, alice, project)
    judged_by(alice, project)
    project.rounds.get().review()
    assert shown(hers) == ""
    rework = sending_back.to_same_person(rejected)
    assert shown(hers) == url(rework)
    page = judge(hers, rework)
    assert (page.status_code, page.context["step"].kind) == (200, "nothing")
    rework.refresh_from_db()
    assert rework.judgement


def test_who_passes_on_rework_leaves_its_slot_to_others(hers, carol, people, alice, project):
    rework = sending_back.to_same_person(judged_by_carol(carol, alice, project))
    shown(hers)
    hers.post(f"/assignments/{rework.pk}/pass/", {"reason": "tired", "key": uuid.uuid4()})
    assert sorted(free_slots(rework.comparison)) == [1, 2]
    assert shown(hers) == ""


def test_who_passed_on_the_rest_of_a_pair_may_pass_on_what_is_sent_back_of_it(hers, carol, alice):
    both = overlapped(make_project("both"), 2, most_extra=0)
    pair = judged_by(alice, both)
    first = claim(carol, both)
    assert judge(hers, first).status_code == 200
    rest = pair.assignments.get(person=carol, done_at=None)
    sent = {"reason": "tired"}
    assert hers.post(f"/assignments/{rest.pk}/pass/", {**sent, "key": uuid.uuid4()}).status_code == 200
    rework = sending_back.to_same_person(Assignment.objects.get(pk=first.pk))
    assert shown(hers, "/projects/both/work/") == url(rework)
    assert hers.post(f"/assignments/{rework.pk}/pass/", {**sent, "key": uuid.uuid4()}).status_code == 200
    assert free_slots(pair) == [1] and shown(hers, "/projects/both/work/") == ""


def test_who_passes_on_rework_of_a_reviewed_round_goes_on_in_the_open_one(hers, carol, alice, project):
    rework = sending_back.to_same_person(judged_by_carol(carol, alice, project))
    project.rounds.get().review()
    draft = Round.objects.draft(project, project.rounds.get())
    draft.open()
    assert shown(hers) == url(rework)
    page = hers.post(f"/assignments/{rework.pk}/pass/", {"reason": "tired", "key": uuid.uuid4()})
    assert page.context["step"].kind == "prompt"
    assert page.context["step"].place.round == 2


def test_opening_the_page_again_draws_nothing_new(hers, carol, alice):
    plan(carol, judged_by(alice, make_project("help", ("helpfulness",))), chance=0.5)
    desk = Desk.at(carol, "help")
    planned, _chance = desk.planned
    assert next_step.drawn(desk, planned) == next_step.drawn(Desk.at(carol, "help"), planned)
    numbers = [next_step.drawn(replace(desk, last=uuid.uuid4()), planned) for _ in range(400)]
    assert 150 < sum(number < 0.5 for number in numbers) < 250


def test_what_is_planned_where_somebody_works_no_more_stands_in_the_way_of_nothing(hers, carol, alice, drawn):
    both = make_project("both")
    first, second = judged_by(alice, both), judged_by(alice, both)
    plan(carol, first, chance=1, axis="safety")
    plan(carol, second, axis="safety")
    theirs = plan(carol, second)
    both.enrolments.filter(axis="safety").delete()
    drawn(0.1)
    assert shown(hers, "/projects/both/work/") == url(theirs)
    assert Assignment.objects.leased().get() == theirs
    page = judge(hers, theirs)
    assert page.context["step"].kind == "prompt"
