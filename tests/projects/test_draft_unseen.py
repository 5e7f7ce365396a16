"""Nobody writes over what a colleague has changed in a draft without having seen it."""

import re

import pytest

from labeling.projects.models import PairPolicyEntry, PromptSet
from tests.projects.pages import words
from tests.projects.rounds import draft_of, save, typed, url, version


@pytest.fixture
def draft(project):
    """Round 2, empty."""
    return draft_of(project)


def test_a_draft_is_not_overwritten_unseen(managing, draft):
    seen = draft.own_terms()
    draft.revise([], target=9)
    page = save(managing, draft, target=5, seen=seen)
    assert page.status_code == 409
    assert "Somebody else has changed this draft" in page.content.decode()
    assert page.context["form"]["target"].value() == "5"
    draft.refresh_from_db()
    assert draft.target == 9
    again = page.context["round"].own_terms()
    assert f'name="seen" value="{again}"' in page.content.decode()
    save(managing, draft, target=5, seen=again)
    draft.refresh_from_db()
    assert draft.target == 5


def test_it_shows_what_saving_over_a_colleagues_draft_would_change(managing, draft):
    one, prompts = version("one"), PromptSet.objects.create(name="Firsts")
    seen = draft.own_terms()
    draft.revise([PairPolicyEntry(model_version=one, weight=3)], target=9, prompt_set=prompts)
    page = words(save(managing, draft, {"model_version": one.pk}, target=9, seen=seen))
    changed = "".join(re.findall(r"<(del|ins)>(?:<span.*?</span>)?(.*?)<span", page)[n][1] for n in range(4))
    assert "What saving yours would change" in page
    assert changed == "Firstsnone31"


def test_a_draft_is_not_saved_by_who_does_not_say_what_they_have_seen(managing, draft):
    draft.revise([], target=9)
    page = managing.post(url(draft), typed(target=5))
    assert page.status_code == 409
    assert "Somebody else has changed this draft" in page.content.decode()
    draft.refresh_from_db()
    assert draft.target == 9


@pytest.mark.parametrize(("step", "change"), [("", {"target": "oops"}), ("policy/", {"add": "1"})])
def test_a_page_that_comes_back_still_rests_on_what_it_was_opened_with(managing, draft, step, change):
    seen = draft.own_terms()
    draft.revise([], target=9)
    page = managing.post(url(draft, step), typed(seen=seen, **change)).content.decode()
    assert f'name="seen" value="{seen}"' in page


def test_a_guideline_written_meanwhile_does_not_stop_a_draft_from_being_saved(managing, draft):
    seen = draft.own_terms()
    draft.project.guidelines.create(axis="safety", number=2, text="New.")
    assert save(managing, draft, target=5, seen=seen).status_code == 302
