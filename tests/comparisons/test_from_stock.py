"""Pages on which pairs from stock come to those who ask, and what there is to do while another one is written."""

import uuid
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.comparisons import stock
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues.models import Dialogue, Turn
from labeling.projects.models import Project, Prompt, PromptSet
from tests.comparisons.pages import judge, prompt
from tests.comparisons.stocked import filled as filled
from tests.comparisons.stocked import in_stock, take
from tests.comparisons.stocked import project as project
from tests.people import answer, ask


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
