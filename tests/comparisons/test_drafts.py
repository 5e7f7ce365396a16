"""Drafts: what somebody has entered and not sent yet is theirs alone, bounded, and gone once it is sent."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from labeling.celery import app
from labeling.comparisons.models import Draft
from labeling.comparisons.tasks import forget_drafts
from labeling.projects.models import Acknowledgement, PromptSet
from tests.comparisons.pages import judge, prompt

ENTERED = '[["choice", "-3"], ["comment", "B rambles"]]'


def keep(client, form="answer", entered=ENTERED, **more):
    return client.post("/drafts/", {"form": form, "entered": entered, **more})


def given(client, project):
    """What the workbench hands to its page."""
    html = client.get(f"/projects/{project.slug}/work/")
    return json.loads(html.context["drafts_kept"]())


def test_a_draft_is_kept_and_comes_back_with_the_next_page_on_any_machine(client, alice, project):
    assert keep(client).status_code == 204
    elsewhere = Client()
    elsewhere.force_login(alice)
    (back,) = given(elsewhere, project)
    assert (back["form"], back["entered"]) == ("answer", ENTERED)
    assert "B rambles" in elsewhere.get("/projects/both/work/").content.decode()


def test_what_is_entered_later_takes_its_place(client, alice):
    keep(client)
    keep(client, entered='[["choice", "1"]]')
    assert alice.drafts.get().entered == '[["choice", "1"]]'


def test_it_is_nobody_elses(client, alice, bob, manager, project):
    keep(client)
    for other in (bob, manager):
        browser = Client()
        browser.force_login(other)
        keep(browser, entered="[]")
        assert b"B rambles" not in browser.get("/").content
        assert Draft.objects.of(other).get().entered == "[]"
        browser.post("/drafts/", {"form": "answer", "entered": ""})
    assert alice.drafts.get().entered == ENTERED


def test_an_empty_one_is_dropped(client, alice):
    keep(client)
    assert keep(client, entered="").status_code == 204
    assert not alice.drafts.exists()


def test_a_drop_that_comes_late_takes_what_was_there_then_and_nothing_that_was_entered_since(client, alice):
    hour = 3_600_000  # milliseconds
    keep(client)
    keep(client, entered="", ago=hour)
    assert alice.drafts.get().entered == ENTERED
    alice.drafts.update(saved_at=timezone.now() - timedelta(hours=1))  # or on its way as it was dropped
    keep(client, entered="", ago=hour)
    assert not alice.drafts.exists()


@pytest.mark.parametrize("ago", [-1, 10**12, "x"])
def test_a_drop_so_long_ago_that_nobody_kept_a_draft_since_is_refused(client, alice, ago):
    keep(client)
    assert keep(client, entered="", ago=ago).status_code == 422
    assert alice.drafts.exists()


def test_the_oldest_go_where_there_are_too_many(client, alice):
    for number in range(Draft.MOST + 3):
        keep(client, form=f"answer:{number}")
    kept = set(alice.drafts.values_list("form", flat=True))
    assert kept == {f"answer:{number}" for number in range(3, Draft.MOST + 3)}


def test_one_that_is_too_long_is_refused_by_the_page_and_by_the_database(client, alice):
    assert keep(client, entered="x" * (Draft.LONGEST + 1)).status_code == 422
    assert keep(client, form="x" * 201).status_code == 422
    assert not alice.drafts.exists()
    with pytest.raises(IntegrityError, match="drafts_are_bounded"):
        Draft.objects.create(person=alice, form="answer", entered="x" * (Draft.LONGEST + 1))


@pytest.mark.parametrize(
    "entered", ["x", "{}", "1", "null", '["ab"]', '[{"a": 1, "b": 2}]', '[["a", 1]]', '[["a", "b", "c"]]', "[" * 50_000]
)
def test_one_that_the_page_could_not_read_is_refused(client, alice, entered):
    assert keep(client, entered=entered).status_code == 422
    assert not alice.drafts.exists()


def test_the_schedule_forgets_those_that_nobody_came_back_for(client, alice):
    keep(client, form="old")
    keep(client, form="new")
    alice.drafts.filter(form="old").update(saved_at=timezone.now() - Draft.LIFETIME - timedelta(minutes=1))
    forget_drafts()
    assert alice.drafts.get().form == "new"
    assert "labeling.forget_drafts" in {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_keeping_one_takes_few_statements_and_no_write_to_the_session(client, django_assert_max_num_queries):
    keep(client)
    with django_assert_max_num_queries(4) as asked:  # session, person, draft, too many
        keep(client)
    assert not any("UPDATE" in query["sql"] and "django_session" in query["sql"] for query in asked.captured_queries)


def test_a_prompt_that_was_sent_is_no_draft_any_more(client, alice, project):
    keep(client, form="prompt:/projects/both/prompts/")
    assert 'data-draft="prompt:/projects/both/prompts/"' in client.get("/projects/both/work/").content.decode()
    prompt(client, project)
    assert not alice.drafts.exists()


def test_a_prompt_of_the_set_leaves_the_one_that_is_being_written(client, alice, project):
    keep(client, form="prompt:/projects/both/prompts/")
    prompt_set = PromptSet.objects.create(name="A set")
    project.rounds.update(prompt_set=prompt_set)
    prompt(client, project, "Why?", prompt=prompt_set.prompts.create(text="Why?").pk)
    assert alice.drafts.exists()


def test_a_prompt_that_could_not_be_sent_is_still_a_draft(client, alice, project):
    keep(client, form="prompt:/projects/both/prompts/")
    Acknowledgement.objects.all().delete()
    answer = prompt(client, project)
    assert answer.status_code == 409
    assert "I have read it" in answer.content.decode()
    assert alice.drafts.exists()


def test_a_draft_of_an_answer_fits_nothing_once_it_is_given(client, assignment):
    step = client.get("/projects/both/work/").context["step"]
    judge(client, assignment)
    changing = client.get(f"/assignments/{assignment.pk}/change/").context["step"]
    judge(client, assignment, choice=2)
    again = client.get(f"/assignments/{assignment.pk}/change/").context["step"]
    assert len({step.draft, changing.draft, again.draft}) == 3
