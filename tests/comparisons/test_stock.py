"""Pairs that are ready before anybody asks."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons import at_once, stock
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues.models import Completion, Dialogue, Turn
from labeling.projects.models import Project, Prompt, PromptSet, Round
from tests.comparisons.pages import judge, prompt
from tests.people import answer, ask, join, make_project


@pytest.fixture
def project(alice):
    """Stock from 2 to 5, a set of eight prompts, and Carol beside Alice."""
    join("first", "carol@example.org")
    made = make_project(stock_low=2, stock_high=5)
    prompts = PromptSet.objects.create(name="Eight")
    Prompt.objects.bulk_create(
        Prompt(prompt_set=prompts, text=f"Question {n}?", category="borderline") for n in range(8)
    )
    made.rounds.update(prompt_set=prompts)
    return made


@pytest.fixture
def filled(project):
    """Five complete pairs."""
    stock.refill()
    for turn in Turn.objects.all():
        answer(turn)
    return project


def take(person, project, **kwargs):
    round_ = project.rounds.get()
    taken = stock.take(person, round_, project.axes_in_order(), kwargs.pop("key", uuid.uuid4()), **kwargs)
    return taken and taken.comparison.turn


def in_stock(project) -> int:
    return stock.waiting(project.rounds.get()).count()


def test_it_is_filled_to_the_high_mark_with_different_prompts(project):
    stock.refill()
    assert in_stock(project) == 5
    assert Turn.objects.values("prompt").distinct().count() == 5
    assert Comparison.objects.filter(ready_at=None).count() == 5
    assert not Assignment.objects.exists()


def test_a_round_that_cannot_be_filled_keeps_none_of_the_others_waiting(alice, project):
    """What was wrong is not lost: the task fails in the end, and says in which round."""
    prompts = PromptSet.objects.get()
    broken = Project.objects.create(slug="broken", name="Broken", axes=["helpfulness"], stock_low=2, stock_high=5)
    broken.enrolments.create(cohort=alice.memberships.get().cohort, axis="helpfulness")
    Round.objects.create(project=broken, number=1, state="open", prompt_set=prompts)  # without a pair policy
    after = make_project("after", stock_low=2, stock_high=5)
    after.rounds.update(prompt_set=prompts)
    with pytest.raises(ExceptionGroup) as raised:
        stock.refill()
    assert [in_stock(each) for each in (project, after)] == [5, 5]
    assert [error.__notes__ for error in raised.value.exceptions] == [["In round 1 of broken."]]


def test_it_is_left_alone_above_the_low_mark(alice, filled):
    for _ in range(3):
        assert take(alice, filled)
        stock.refill()
    assert in_stock(filled) == 2
    assert take(Person.objects.get(email="carol@example.org"), filled)
    stock.refill()
    assert in_stock(filled) == 5


def test_a_high_mark_of_nothing_means_no_stock(project):
    type(project).objects.update(stock_low=0, stock_high=0)
    stock.refill()
    assert in_stock(project) == 0


@pytest.mark.parametrize("why", ["stopped", "review", "no set", "no people"])
def test_it_prepares_nothing_that_nobody_would_use(project, why):
    round_ = project.rounds.get()
    if why == "stopped":
        project.stop()
    elif why == "review":
        round_.review()
    elif why == "no set":
        project.rounds.update(prompt_set=None)
    else:
        for enrolment in project.enrolments.all():
            enrolment.cohort.memberships.update(left_at=timezone.now())
    stock.refill()
    assert in_stock(project) == 0


def test_a_prompt_is_prepared_for_each_person_once(project):
    keep = Prompt.objects.first()
    Prompt.objects.exclude(pk=keep.pk).delete()
    for expected in (1, 2, 2):
        stock.refill()
        assert in_stock(project) == expected


def test_it_prepares_no_more_than_the_target_leaves(alice, project):
    ask(alice, project)
    round_ = project.rounds.get()
    round_.target = 3
    assert len(stock._lacking(round_)) == 2


def test_who_takes_a_pair_is_its_author_and_judges_it_on_every_axis(alice, filled):
    turn = take(alice, filled)
    assert turn.dialogue.author == alice
    assert Assignment.objects.filter(comparison__turn=turn, person=alice, kind="author").count() == 2
    assert in_stock(filled) == 4


def test_nobody_gets_a_prompt_twice(alice, filled):
    taken = []
    for _ in range(5):
        turn = take(alice, filled)
        taken.append(turn.prompt_id)
        turn.dialogue.end()
    assert len(set(taken)) == 5
    assert not stock.ready(filled.rounds.get(), alice).filter(turns__prompt=taken[0])


def test_the_same_page_takes_one_pair_however_often_it_asks(alice, filled):
    key = uuid.uuid4()
    assert take(alice, filled, key=key) == take(alice, filled, key=key)
    assert in_stock(filled) == 4


def test_who_has_enough_to_judge_takes_nothing_more(alice, filled):
    keys = [uuid.uuid4() for _ in range(at_once.MOST_UNJUDGED)]
    taken = [take(alice, filled, key=key) for key in keys]
    assert all(taken)
    assert take(alice, filled) is None
    assert take(alice, filled, key=keys[0]) == taken[0], "what was taken before is not taken anew"


def test_a_pair_that_is_not_complete_stays_in_stock(alice, project):
    stock.refill()
    assert take(alice, project) is None


def test_nothing_is_taken_from_a_round_in_review(alice, filled):
    filled.rounds.get().review()
    assert take(alice, filled) is None


def test_a_pair_that_failed_is_dropped_and_not_made_again_at_once(project):
    stock.refill()
    for completion in Completion.objects.filter(draw=0):
        completion.fail(1, "no such model")
    stock.refill()
    assert in_stock(project) == 0
    Dialogue.objects.update(ended_at=timezone.now() - 2 * stock.FORGIVEN_AFTER)
    stock.refill()
    assert in_stock(project) == 5
    assert not Completion.objects.filter(state="queued", turn__dialogue__ended_at__isnull=False).exists()


def test_what_is_prepared_goes_to_the_queue_for_stock(project):
    stock.refill()
    assert Completion.objects.first().is_stock
    assert not ask(join("first", "dora@example.org"), project).completions.first().is_stock


def test_a_prompt_of_the_set_that_is_in_stock_comes_with_its_responses(client, alice, filled):
    client.force_login(alice)
    offered = client.get("/projects/both/work/").context["step"].suggestion
    page = prompt(client, filled, offered["text"], prompt=offered["pk"])
    assert page.context["step"].ready
    assert Dialogue.objects.count() == 5


def test_nobody_gets_a_prompt_twice_from_two_tabs(client, alice, filled):
    """Two tabs were opened before either was sent, and offer the same prompt."""
    offered = client.get("/projects/both/work/").context["step"].suggestion
    tabs = [prompt(client, filled, offered["text"], prompt=offered["pk"]) for _ in range(2)]
    assert [tab.status_code for tab in tabs] == [200, 409]
    assert "You have had this prompt before. Choose another one." in tabs[1].content.decode()
    assert Turn.objects.of(alice).count() == 1


def test_any_pair_in_stock_may_be_handed_out_so_that_people_seldom_get_the_same(client, alice, project, monkeypatch):
    """Not only the first few: the more people share those, the more of them wait after all."""
    Project.objects.update(stock_low=8, stock_high=8)
    stock.refill()
    for turn in Turn.objects.all():
        answer(turn)
    client.force_login(alice)
    monkeypatch.setattr("random.choice", lambda keys: keys[-1])
    offered = client.get("/projects/both/work/").context["step"].suggestion
    assert offered["pk"] == Prompt.objects.latest("pk").pk


def test_a_prompt_that_was_changed_is_asked_live(client, alice, filled):
    client.force_login(alice)
    offered = client.get("/projects/both/work/").context["step"].suggestion
    page = prompt(client, filled, offered["text"] + " And why?", prompt=offered["pk"])
    assert not page.context["step"].ready
    assert Dialogue.objects.count() == 6


def test_where_prompts_are_handed_out_the_next_pair_comes_with_the_judgement(client, alice, filled):
    type(filled).objects.update(allows_own_prompts=False)
    turn = take(alice, filled)
    client.force_login(alice)
    for assignment in Assignment.objects.filter(comparison__turn=turn).order_by("axis"):
        page = judge(client, assignment)
    step = page.context["step"]
    assert step.kind == "pair" and step.ready
    assert Assignment.objects.filter(person=alice, done_at=None).count() == 2
    assert judge(client, assignment).context["step"].judge_url == step.judge_url


def test_while_a_pair_is_written_another_may_be_judged(client, alice, filled):
    client.force_login(alice)
    waiting = prompt(client, filled, "My own?")
    offer = waiting.context["step"].offer
    assert offer.name == "in_stock-write"
    page = client.post(offer.take_url, {"key": offer.key})
    assert page.context["step"].ready and in_stock(filled) == 4
    assert client.get(offer.work_url).context["step"].judge_url == page.context["step"].judge_url
    poll = client.get(f"{offer.poll_url}?offer={offer.name}")
    assert b"Your other pair is complete." in poll.content
    assert client.get(f"{offer.poll_url}?offer=own-write").status_code == 204


def test_while_a_pair_is_written_another_prompt_may_be_sent_but_no_third(client, alice, project):
    client.force_login(alice)
    first = prompt(client, project, "One?").context["step"]
    page = client.get(f"{first.offer.work_url}?meanwhile").context["step"]
    assert page.kind == "prompt" and page.dialogue != first.key
    second = prompt(client, project, "Two?", dialogue=page.dialogue).context["step"]
    assert second.prompt.html == "Two?" and second.offer.name == "nothing"
    assert client.get(f"{first.offer.work_url}?meanwhile").context["step"].kind == "pair"


def test_a_complete_pair_is_shown_before_one_that_is_written_and_a_begun_one_before_all(client, alice, project):
    client.force_login(alice)
    older, newer = ask(alice, project), ask(alice, project)
    answer(older)
    assert client.get("/projects/both/work/").context["step"].pair_url.split("/")[2] == str(older.pk)
    judge(client, Assignment.objects.get(comparison__turn=older, axis="helpfulness"))
    answer(newer)
    Comparison.objects.filter(turn=newer).update(ready_at=timezone.now() - timedelta(days=1))
    assert client.get("/projects/both/work/").context["step"].pair_url.split("/")[2] == str(older.pk)


def test_who_writes_another_prompt_meanwhile_may_be_shown_a_third(client, alice, project):
    client.force_login(alice)
    first = prompt(client, project, "One?").context["step"]
    shown = client.get(f"{first.offer.work_url}?meanwhile").context["step"]
    seen = {shown.suggestion["pk"]}
    for _ in range(2):
        shown = client.get(shown.another_url).context["step"]
        assert shown.kind == "prompt" and shown.suggestion["pk"] not in seen
        seen = {shown.suggestion["pk"]}


def test_the_last_prompt_is_shown_again_where_there_is_no_other(client, alice, project):
    Prompt.objects.exclude(pk=Prompt.objects.first().pk).delete()
    client.force_login(alice)
    shown = client.get("/projects/both/work/").context["step"]
    assert client.get(shown.another_url).context["step"].suggestion == shown.suggestion


def test_a_page_reads_no_more_of_a_large_set_than_it_offers(client, alice, project):
    client.force_login(alice)
    with CaptureQueriesContext(connection) as few:
        client.get("/projects/both/work/")
    prompts = PromptSet.objects.get()
    Prompt.objects.bulk_create(Prompt(prompt_set=prompts, text=f"{n}!", category="borderline") for n in range(50))
    with CaptureQueriesContext(connection) as many:
        client.get("/projects/both/work/")
    assert len(many) == len(few)
    assert all("LIMIT" in query["sql"] for query in many if 'FROM "projects_prompt"' in query["sql"])


def test_nobody_takes_a_second_pair_before_the_first_is_judged(client, alice, filled):
    client.force_login(alice)
    offer = prompt(client, filled, "My own?").context["step"].offer
    first = client.post(offer.take_url, {"key": uuid.uuid4()}).context["step"]
    assert client.post(offer.take_url, {"key": uuid.uuid4()}).context["step"].judge_url == first.judge_url
    assert in_stock(filled) == 4


def test_a_project_that_goes_on_after_a_stop_is_stocked_at_once(project):
    stock.refill()
    project.stop()
    project.resume()
    assert in_stock(project) == 0
    stock.refill()
    assert in_stock(project) == 5


def test_what_is_left_of_it_when_a_round_is_over_keeps_no_prompt_from_the_next(filled):
    Person.objects.get(email="carol@example.org").memberships.update(left_at=timezone.now())  # each prompt once
    first = filled.rounds.get()
    filled.stop()
    filled.resume()
    assert in_stock(filled) == 5
    first.review()
    assert stock.waiting(first).count() == 0
    second = Round.objects.draft(filled, like=first)
    second.open()
    stock.refill()
    assert stock.waiting(second).count() == 5
