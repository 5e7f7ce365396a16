"""Who is paused gets no new work, reads why, and keeps what they did; a quota in all ends work as one of a day does."""

import uuid

import pytest
from django.test import Client

from labeling.cohorts.models import Cohort, Membership, Pause
from labeling.comparisons import at_once, stock
from labeling.comparisons.models import Assignment, Comparison
from labeling.comparisons.workbench import Desk
from labeling.projects.models import Enrolment
from tests.comparisons.pages import judge, prompt
from tests.comparisons.test_day_limits import judged, stocked
from tests.comparisons.test_passing import next_pair
from tests.people import answer, ask, join

WHY = "Until we have talked about last week."


@pytest.fixture
def client(alice, project) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def pause(person, by) -> None:
    assert person.memberships.pause(WHY, by) == 1


def test_the_home_page_and_the_workbench_say_why_and_offer_no_work(client, alice, manager):
    pause(alice, manager)
    assert f"You are paused: “{WHY}”" in client.get("/").content.decode()
    step = client.get("/projects/both/work/").context["step"]
    assert (step.kind, step.title) == ("nothing", "You are paused here") and WHY in step.text


def test_no_prompt_and_no_pair_from_stock_is_to_be_had(client, alice, project, manager):
    stocked(project)
    pause(alice, manager)
    assert prompt(client, project).status_code == 409
    client.post("/projects/both/stock/", {"key": uuid.uuid4()})
    assert not Comparison.objects.filter(turn__dialogue__author=alice).exists()


def test_a_pause_that_begins_meanwhile_is_seen_before_a_pair_is_given(alice, project, manager):
    round_ = stocked(project)
    pause(alice, manager)
    assert stock.take(alice, round_, project.axes_in_order()) is None
    with pytest.raises(at_once.TooManyAtOnce):
        ask(alice, project)


def test_what_is_on_its_way_is_taken_and_what_was_begun_waits(client, alice, project, manager):
    first, second = ask(alice, project), ask(alice, project, "And why?")
    answer(first)
    pause(alice, manager)
    sent = judge(client, Assignment.objects.filter(comparison__turn=first).order_by("axis")[0])
    assert sent.status_code == 200 and sent.context["step"].title == "You are paused here"
    second.dialogue.refresh_from_db()
    assert second.dialogue.ended_at is None
    assert alice.memberships.resume() == 1
    assert client.get("/projects/both/work/").context["step"].kind == "pair"


def test_a_cohort_in_which_one_is_not_paused_gives_work_by_its_own_terms(client, alice, project, manager):
    Enrolment.objects.update(quota_per_day=1)
    pause(alice, manager)
    other = Cohort.objects.create(name="other")
    other.join([alice])
    project.enrol(other, ["helpfulness"], quota_per_day=5)
    desk = Desk.at(alice, "both")
    assert (desk.axes, desk.quota_today, desk.paused) == (["helpfulness"], 5, "")
    assert client.get("/projects/both/work/").context["step"].kind == "prompt"


def test_pausing_twice_is_one_pause_and_its_history_stays(alice, manager):
    pause(alice, manager)
    assert alice.memberships.pause("Again.", manager) == 0
    alice.memberships.resume()
    assert alice.memberships.resume() == 0
    alice.memberships.pause("Once more.", manager)
    assert alice.memberships.leave() == 1
    kept = Pause.objects.order_by("pk").values_list("reason", "by__email")
    assert list(kept) == [(WHY, manager.email), ("Once more.", manager.email)]
    assert not Pause.objects.filter(ended_at=None).exists()
    assert Membership.objects.get().paused_at is None


def test_a_move_keeps_what_was_begun_and_leaves_the_paused_where_they_are(alice, project, manager):
    carol = join("first", "carol@example.org")
    begun = ask(alice, project)
    pause(carol, manager)
    other = Cohort.objects.create(name="other")
    project.enrol(other, ["helpfulness", "safety"])
    assert Cohort.objects.get(name="first").memberships.all().move_to(other) == 1
    assert list(other.memberships.current().values_list("person", flat=True)) == [alice.pk]
    assert list(Membership.objects.filter(left_at=None, cohort__name="first").values_list("person", flat=True)) == [
        carol.pk
    ]
    begun.dialogue.refresh_from_db()
    assert begun.dialogue.ended_at is None


def test_a_quota_in_all_ends_the_work_whatever_the_day(client, alice, project):
    Enrolment.objects.update(quota_total=1)
    pair = next_pair(alice, project)
    with pytest.raises(at_once.TooManyAtOnce):
        ask(alice, project)
    judged(client, pair)
    assert client.get("/projects/both/work/").context["step"].title == "All of your judgements are in"
    assert "All of your judgements are in." in client.get("/").content.decode()
    assert prompt(client, project).status_code == 409
    Enrolment.objects.update(quota_total=2)
    assert client.get("/projects/both/work/").context["step"].kind == "prompt"
