"""What people are paid by: their own timesheet, and everybody's for whom manages them."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Workday
from labeling.home.hours.counted import Period, timesheet
from labeling.quality import reviewing
from labeling.quality.models import Review
from tests.comparisons.pages import judge
from tests.comparisons.test_passing import next_pair, pass_on
from tests.home.test_people import judged, signed_in
from tests.people import join, make_project, manage
from tests.projects.pages import words
from tests.quality.judging import compared
from tests.quality.judging import judged as said

ALL = "/people/hours/"


@pytest.fixture
def maria(db, project) -> Person:
    """Manages Alice's project, and is not staff."""
    maria = Person.objects.create_user("maria@example.org", name="Maria Costa")
    manage(project, maria)
    return maria


@pytest.fixture
def client(maria) -> Client:
    return signed_in(maria)


def worked(person, project, day: str, done: int, seconds: float = 0, axis: str = "helpfulness") -> None:
    Workday.objects.create(
        person=person, project=project, axis=axis, day=day, done=done, timed=done, active_seconds=seconds
    )


def rows(answer) -> dict[str, tuple]:
    """What each person did, by pseudonym."""
    found = [row.record for row in answer.context["listing"].table.rows]
    return {one.pseudonym: (one.judged, one.passed, one.timed, one.seconds) for one in found}


def test_ones_own_timesheet_has_what_was_judged_and_passed_and_how_long_it_took(alice, project):
    judged(alice, project)
    pass_on(signed_in(alice), next_pair(alice, project))
    page = signed_in(alice).get("/hours/")
    assert [(row["project"], row["judged"], row["passed"], row["seconds"]) for row in page.context["rows"]] == [
        (project, 2, 1, 60.0)
    ]
    assert "0 h 01 min" in words(page)


def test_a_changed_answer_counts_nothing_more(alice, project):
    judged(alice, project)
    judge(signed_in(alice), Assignment.objects.get(axis="helpfulness"), choice=2, active_ms=9_000, elapsed_ms=9_000)
    [row] = signed_in(alice).get("/hours/").context["rows"]
    assert (row["judged"], row["seconds"]) == (2, 60.0)


def test_a_timesheet_is_of_a_month_and_leads_to_those_beside_it(alice, project):
    for day in ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01"):
        worked(alice, project, day, 1)
    page = signed_in(alice).get("/hours/?month=2026-02")
    assert [row["day"] for row in page.context["rows"]] == [date(2026, 2, 28), date(2026, 2, 1)]
    assert 'href="?month=2026-01"' in words(page) and 'href="?month=2026-03"' in words(page)


@pytest.mark.parametrize("month", ["2026-13", "x", "0000-00", "9999-12", "2026-02-01", ""])
def test_what_is_no_month_is_this_one(alice, month):
    page = signed_in(alice).get("/hours/", {"month": month})
    assert page.context["period"].since == timezone.localdate().replace(day=1)
    assert "You judged nothing in this month." in words(page)


def test_nobody_sees_anybody_elses_timesheet(alice, bob, project):
    worked(alice, project, "2026-02-01", 5)
    assert timesheet(bob, Period(date(2026, 1, 1), date(2026, 3, 1))) == []


def test_a_manager_sees_the_period_of_their_own_projects(client, alice, project):
    carol = join("first", "carol@example.org")
    elsewhere = make_project("elsewhere", ("helpfulness",))
    worked(alice, project, "2026-02-01", 5, 100)
    worked(alice, project, "2026-02-03", 2, 50, "safety")
    worked(alice, elsewhere, "2026-02-02", 70)
    worked(carol, project, "2026-02-04", 9)
    page = client.get(f"{ALL}?since=2026-02-01&until=2026-02-03")
    assert rows(page) == {alice.pseudonym: (7, 0, 7, 150.0)}
    assert "7 judgements, 0 h 02 min at work" in words(page)
    assert len(rows(client.get(f"{ALL}?since=2026-02-01&until=2026-02-04"))) == 2
    assert "Carol" not in words(client.get(f"{ALL}?since=2026-02-01&until=2026-02-04"))


def test_staff_see_all_and_may_ask_for_one_project(manager, alice, project):
    elsewhere = make_project("elsewhere", ("helpfulness",))
    worked(alice, project, "2026-02-01", 5)
    worked(alice, elsewhere, "2026-02-02", 70)
    staff, period = signed_in(manager), "?since=2026-02-01&until=2026-02-28"
    assert rows(staff.get(ALL + period))[alice.pseudonym][0] == 75
    assert rows(staff.get(f"{ALL}{period}&project={elsewhere.pk}"))[alice.pseudonym][0] == 70


def test_a_project_that_one_does_not_manage_cannot_be_asked_for(client, alice, project):
    elsewhere = make_project("elsewhere", ("helpfulness",))
    worked(alice, elsewhere, "2026-02-02", 70)
    page = client.get(f"{ALL}?since=2026-02-01&until=2026-02-28&project={elsewhere.pk}")
    assert rows(page) == {} and "70 judgements" not in words(page)


@pytest.mark.parametrize("sort", ["-judged", "seconds", "-passed"])
def test_hours_in_any_order_come_a_page_at_a_time(client, alice, project, monkeypatch, sort):
    monkeypatch.setattr("labeling.tables.listing.SIZE", 2)
    everybody = [alice, *(join("first", f"p{n}@example.org") for n in range(4))]
    for n, person in enumerate(everybody):
        worked(person, project, "2026-02-01", 1 + n % 3, 60.0 * n)
    address = f"{ALL}?since=2026-02-01&until=2026-02-28&sort={sort}"
    seen, after = [], ""
    while after is not None:
        page = client.get(f"{address}&after={after}")
        seen += rows(page).items()
        after = page.context["listing"].rows.page.after
    assert sorted(name for name, _did in seen) == sorted(one.pseudonym for one in everybody)
    column = {"judged": 0, "passed": 1, "seconds": 3}[sort.lstrip("-")]
    values = [did[column] for _name, did in seen]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_who_only_passed_is_there_too(client, alice, project):
    pass_on(signed_in(alice), next_pair(alice, project))
    assert rows(client.get(ALL)) == {alice.pseudonym: (0, 1, 0, 0.0)}


def test_without_a_period_it_is_this_month_until_today(client, alice, project):
    today = timezone.localdate()
    worked(alice, project, today.isoformat(), 3)
    worked(alice, project, (today.replace(day=1) - timedelta(days=1)).isoformat(), 4)
    assert rows(client.get(ALL)) == {alice.pseudonym: (3, 0, 3, 0.0)}
    assert rows(client.get(f"{ALL}?since=never&until=0000-00-00")) == rows(client.get(ALL))


def test_the_file_has_seconds_and_nobodys_name_for_who_may_not_see_it(client, alice, project):
    worked(alice, project, "2026-02-01", 5, 100.4)
    file = client.get(f"{ALL}?since=2026-02-01&until=2026-02-28&as=csv")
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["Person", "Judgements", "Accepted", "Sent back", "Surplus", "Passed", "Time at work", "Timed"],
        [alice.pseudonym, "5", "5", "0", "0", "0", "100", "5"],
    ]


def test_what_was_sent_back_and_what_is_surplus_are_told_apart_from_what_is_accepted(
    client, alice, bob, maria, project
):
    sent_back = said(compared(alice, project), alice, 2, kind="author")
    restored = said(compared(alice, project), alice, 2, kind="author")
    for one in (sent_back, restored):
        reviewing.reject(one.judgement, maria, "It is too short.", Review.To.OTHER)
    reviewing.take_back(Review.objects.get(judgement=restored.judgement), maria)
    elsewhere = make_project("elsewhere")
    said(compared(bob, project), alice, 1, slot=None)  # others had answered before the late one came
    said(compared(alice, elsewhere), alice, 1, kind="author")

    def told(row) -> tuple:
        return row["judged"], row["accepted"], row["rejected"], row["surplus"]

    [row] = [one.record for one in client.get(ALL).context["listing"].table.rows]
    assert told(vars(row)) == (3, 1, 1, 1)
    own = signed_in(alice).get("/hours/").context
    assert {one["project"]: told(one) for one in own["rows"]} == {project: (3, 1, 1, 1), elsewhere: (1, 1, 0, 0)}
    assert told(own["total"]) == (4, 2, 1, 1)
    assert told(vars(client.get(f"{ALL}?project={project.pk}").context["listing"].rows.data[0])) == (3, 1, 1, 1)
