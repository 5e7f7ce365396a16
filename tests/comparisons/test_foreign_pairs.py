"""The workbench with a pair that somebody else began."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from labeling.comparisons import authoring, leases
from labeling.comparisons.models import Assignment, Judgement, Overlap, Pass, Timing
from labeling.comparisons.workbench import Desk
from labeling.dialogues import generation
from labeling.dialogues.models import Completion
from labeling.projects.models import Axis, Enrolment, Round
from tests.comparisons.overlapped import claim, free_slots, judged_by, lapse, overlapped, prefers_first
from tests.comparisons.overlapped import people as people
from tests.comparisons.overlapped import project as project
from tests.comparisons.pages import judge
from tests.people import answer, ask, make_project, result

WORK = "/projects/help/work/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def comparison(alice, project):
    return judged_by(alice, project)


@pytest.fixture
def carol(people):
    return people[0]


@pytest.fixture
def hers(client, carol):
    """Carol's browser."""
    client.force_login(carol)
    return client


def given(person) -> Assignment:
    return Assignment.objects.of(person).get()


def step(browser, **kwargs):
    return browser.get(WORK, **kwargs).context["step"]


def test_it_comes_before_a_new_dialogue_and_says_nothing_of_its_author(hers, carol, comparison, alice):
    page = hers.get(WORK)
    shown = page.context["step"]
    assert (shown.kind, shown.ready, shown.judge_url) == ("pair", True, f"/assignments/{given(carol).pk}/judgements/")
    text = page.content.decode()
    assert "End this conversation" not in text and escape(alice.pseudonym) not in text
    assert str(comparison.turn_id) not in text and str(comparison.pk) not in text


def test_it_is_the_same_pair_however_often_the_page_is_opened(hers, carol, comparison):
    assert step(hers).judge_url == step(hers).judge_url
    assert Assignment.objects.of(carol).count() == 1


def test_nothing_is_leased_by_an_answer_that_nobody_sees(hers, carol, comparison):
    unseen = [hers.head(WORK), hers.get(WORK, headers={"Sec-Purpose": "prefetch;prerender"})]
    assert [page.status_code for page in unseen] == [200, 200]
    assert not Assignment.objects.of(carol).exists() and free_slots(comparison) == [1, 2]
    assert step(hers).judge_url == f"/assignments/{given(carol).pk}/judgements/"


def test_it_is_judged_as_any_pair_and_the_next_step_follows(hers, carol, comparison):
    step(hers)
    page = judge(hers, given(carol))
    assert (page.status_code, page.context["step"].kind) == (200, "prompt")
    assert given(carol).judgement and given(carol).slot == 1
    assert Desk.at(carol, "help").done_today == 1


def test_the_next_one_comes_with_the_answer_to_a_judgement(hers, carol, alice, project, comparison):
    judged_by(alice, project)
    step(hers)
    first = given(carol)
    page = hers.post(first_url := f"/assignments/{first.pk}/judgements/", {"choice": 2, "key": uuid.uuid4()}, **HTMX)
    second = Assignment.objects.of(carol).get(done_at=None)
    assert f"/assignments/{second.pk}/judgements/" in page.content.decode() and first_url not in page.content.decode()


def test_the_second_axis_follows_the_first(hers, carol, alice):
    both = overlapped(make_project("both"), 2)
    judged_by(alice, both)
    hers.get("/projects/both/work/")
    page = judge(hers, Assignment.objects.of(carol).get(axis="helpfulness"))
    assert page.context["step"].axis == Axis.SAFETY


def test_an_unfinished_conversation_of_ones_own_comes_first(hers, carol, comparison, project):
    answer(ask(carol, project))
    assert step(hers).judge_url == f"/assignments/{given(carol).pk}/judgements/"
    assert given(carol).is_own


def test_who_may_have_no_more_gets_none(hers, carol, comparison, project):
    Enrolment.objects.update(quota_per_day=1)
    answer(ask(carol, project))
    judge(hers, given(carol))
    assert step(hers).kind == "nothing"
    assert Assignment.objects.of(carol).count() == 1


def test_a_lease_counts_as_a_pair_that_one_has(carol, comparison, project):
    Enrolment.objects.update(quota_per_day=1)
    claim(carol, project)
    assert not Desk.at(carol, "help").has_room_today


def test_the_page_renews_its_lease(hers, carol, comparison):
    page = hers.get(WORK)
    url, before = page.context["step"].lease_url, given(carol).leased_until
    assert f'hx-post="{url}" hx-trigger="every 60s, back"' in page.content.decode()
    assert hers.post(url).status_code == 204
    assert given(carol).leased_until > before


def test_a_browser_may_renew_it(carol, comparison):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(carol)
    page = browser.get(WORK)
    url = page.context["step"].lease_url
    form = re.search(rf'<form id="renews" hx-post="{url}".*?</form>', page.content.decode())
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form[0])[1]
    assert browser.post(url, {"csrfmiddlewaretoken": token}).status_code == 204


def test_what_its_author_stopped_is_not_said_of_whoever_judges_it_and_not_asked_again(hers, carol, alice, project):
    turn = ask(alice, project)
    for completion, text in zip(turn.completions.all(), ("Half of it, and", "Because of"), strict=True):
        generation.store(completion, 1, {**result(text), "finish_reason": Completion.STOPPED})
    [own] = turn.comparison.own_assignments()
    authoring.judge(own, prefers_first(own), uuid.uuid4(), Timing())
    text = hers.get(WORK).content.decode()
    assert "This response was stopped here." in text and "You stopped this response" not in text
    assert "Ask for another one" not in text


def is_leased(person) -> bool:
    return Assignment.objects.of(person).leased().exists()


def test_a_pair_that_lapsed_is_theirs_again_while_nobody_else_has_it(hers, carol, comparison):
    url = step(hers).lease_url
    lapse(given(carol))
    assert free_slots(comparison) == [2, 1]
    assert hers.post(url).status_code == 204
    assert is_leased(carol) and free_slots(comparison) == [1] and given(carol).slot == 2


def test_a_pair_whose_time_is_over_is_theirs_until_it_is_taken_back(hers, carol, comparison):
    url = step(hers).lease_url
    Assignment.objects.of(carol).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert hers.post(url).status_code == 204
    assert is_leased(carol) and free_slots(comparison) == [2] and given(carol).slot == 1


def test_a_pair_that_others_were_given_is_theirs_no_more_and_may_be_answered(hers, carol, people, project, comparison):
    url = step(hers).lease_url
    lapse(given(carol))
    assert claim(people[1], project) and claim(people[2], project)
    said = hers.post(url, **HTMX)
    assert said.status_code == 200 and "not kept for you any more" in said.content.decode()
    assert f'href="{WORK}"' in said.content.decode() and not is_leased(carol)
    assert judge(hers, given(carol)).status_code == 200
    assert given(carol).judgement and given(carol).slot is None


def test_a_pair_that_a_manager_released_is_not_leased_to_its_page_again(hers, carol, comparison):
    url = step(hers).lease_url
    leases.release(given(carol))
    assert hers.post(url).status_code == 200
    assert not is_leased(carol) and sorted(free_slots(comparison)) == [1, 2]


def test_it_is_leased_again_on_all_of_its_axes_or_on_none(hers, carol, alice):
    both = overlapped(make_project("both"), 2)
    comparison = judged_by(alice, both)
    url = hers.get("/projects/both/work/").context["step"].lease_url
    for mine in Assignment.objects.of(carol):
        lapse(mine)
    Overlap.objects.filter(axis=Axis.SAFETY).update(free=[])
    assert hers.post(url).status_code == 200
    assert not is_leased(carol) and free_slots(comparison) == [1]
    Overlap.objects.filter(axis=Axis.SAFETY).update(free=[1])
    assert hers.post(url).status_code == 204
    assert Assignment.objects.of(carol).leased().count() == 2


def test_it_is_not_leased_again_beside_another_one_that_fills_the_day(hers, carol, alice, project, comparison):
    url = step(hers).lease_url
    mine = given(carol)
    lapse(mine)
    judged_by(alice, project)
    Enrolment.objects.update(quota_per_day=1)
    assert claim(carol, project)
    assert hers.post(url).status_code == 200
    assert Assignment.objects.of(carol).leased().exclude(pk=mine.pk).count() == 1 and free_slots(comparison) == [2, 1]


def test_nothing_is_said_of_one_that_is_answered_or_whose_round_is_over(hers, carol, alice, project, comparison):
    answered = step(hers).lease_url
    judge(hers, given(carol))
    judged_by(alice, project)
    over, mine = step(hers).lease_url, Assignment.objects.of(carol).get(done_at=None)
    lapse(mine)
    project.rounds.update(state=Round.State.REVIEW)
    assert [hers.post(url).status_code for url in (answered, over)] == [204, 204]
    assert not is_leased(carol)


def test_passing_gives_it_to_somebody_else_and_undo_brings_it_back(hers, carol, comparison):
    step(hers)
    page = hers.post(f"/assignments/{given(carol).pk}/pass/", {"reason": "upsetting", "key": uuid.uuid4()})
    assert (page.context["step"].kind, free_slots(comparison)) == ("prompt", [2, 1])
    comparison.turn.dialogue.refresh_from_db()
    page = hers.post(f"/passes/{Pass.objects.get().pk}/undo/")
    assert page.context["step"].judge_url == f"/assignments/{given(carol).pk}/judgements/"
    assert free_slots(comparison) == [1] and given(carol).slot == 2


def test_a_pass_cannot_be_undone_once_others_have_it(hers, carol, people, project, comparison):
    step(hers)
    hers.post(f"/assignments/{given(carol).pk}/pass/", {"reason": "upsetting", "key": uuid.uuid4()})
    assert claim(people[1], project) and claim(people[2], project)
    assert hers.post(f"/passes/{Pass.objects.get().pk}/undo/").status_code == 409
    assert given(carol).slot is None and Pass.objects.get().undone_at is None


def test_a_judgement_from_another_tab_takes_a_pass_back(hers, carol, comparison):
    step(hers)
    hers.post(f"/assignments/{given(carol).pk}/pass/", {"reason": "upsetting", "key": uuid.uuid4()})
    assert judge(hers, given(carol)).context["step"].notice.startswith("You had passed on that pair")
    assert Pass.objects.get().undone_at and given(carol).slot is not None


def test_a_late_answer_is_saved_and_the_work_goes_on(hers, carol, comparison):
    step(hers)
    mine = given(carol)
    lapse(mine)
    assert step(hers).kind == "prompt"
    assert judge(hers, mine).status_code == 200
    assert Judgement.objects.filter(assignment=mine).exists()


def test_an_answer_may_be_changed_though_its_author_has_gone_on(hers, carol, alice, people):
    long = overlapped(make_project("long", ("helpfulness",), max_turns=2), 2)
    comparison = judged_by(alice, long)
    hers.get("/projects/long/work/")
    judge(hers, given(carol), choice=-2)
    ask(alice, long, "And then?", dialogue=comparison.turn.dialogue_id, number=2)
    page = hers.get(f"/assignments/{given(carol).pk}/change/")
    assert page.context["step"].change.kept == "" and not page.context["step"].change.language_url
    judge(hers, given(carol), choice=2, instead_of=1)
    assert given(carol).judgement.revision == 2


def test_it_may_be_one_that_cannot_be_judged(hers, carol, comparison, alice):
    step(hers)
    page = hers.post(f"/assignments/{given(carol).pk}/cannot/", {"reason": "unusable", "key": uuid.uuid4()})
    assert (page.status_code, given(carol).judgement.outcome) == (200, "cannot")
    comparison.refresh_from_db()
    assert comparison.retired_at is None


@pytest.mark.parametrize("what", ["judgements", "pass", "cannot", "change", "reports"])
def test_nobody_answers_for_somebody_else(client, people, project, comparison, what):
    theirs = claim(people[0], project)
    client.force_login(people[1])
    url = f"/assignments/{theirs.pk}/{what}/"
    answered = client.get(url) if what == "change" else client.post(url, {"choice": 2, "key": uuid.uuid4()})
    assert answered.status_code == 404


def test_somebody_elses_lease_is_not_renewed(client, people, project, comparison):
    theirs = claim(people[0], project)
    before = Assignment.objects.get(pk=theirs.pk).leased_until
    client.force_login(people[1])
    assert client.post(f"/assignments/{theirs.pk}/lease/").status_code == 404
    assert Assignment.objects.get(pk=theirs.pk).leased_until == before
