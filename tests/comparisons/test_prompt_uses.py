"""A prompt of the set is used once by a person, and by all of them as often as the round says."""

import uuid
from functools import partial

import pytest
from django.db import transaction

from labeling.cohorts.models import Person
from labeling.comparisons import authoring, stock
from labeling.comparisons.done import is_used_up
from labeling.dialogues import generation
from labeling.dialogues.models import Dialogue, Turn
from labeling.projects.models import Prompt, PromptSet, Round
from tests.comparisons.pages import prompt
from tests.comparisons.test_races import beside, waiting
from tests.people import answer, ask, join, make_project
from tests.processes import wait_until
from tests.projects.pages import words


def limited(uses: int | None, **fields):
    """A project whose prompts come from a set, and the two of the set in order."""
    project = make_project("set", ("helpfulness",), prompt_uses=uses, **fields)
    prompts = PromptSet.objects.create(name="Few")
    prompts.add(["One?", "Two?"])
    project.rounds.update(prompt_set=prompts)
    project.allows_own_prompts = False
    project.save()
    return project, list(prompts.prompts.order_by("pk"))


def use(person: Person, project, one: Prompt) -> Turn:
    return ask(person, project, one.text, prompt=one)


def test_without_a_limit_everybody_may_have_each_prompt(alice):
    project, (one, _two) = limited(None)
    for person in (alice, join("first", "carol@example.org"), join("first", "dora@example.org")):
        use(person, project, one)


def test_a_prompt_that_others_have_used_up_is_neither_offered_nor_taken(client, alice):
    project, (one, two) = limited(1)
    use(join("first", "carol@example.org"), project, one)
    for _ in range(5):
        suggestion = client.get(f"/projects/{project.slug}/work/").context["step"].suggestion
        assert suggestion["pk"] == two.pk
    page = prompt(client, project, one.text, prompt=one.pk)
    assert page.status_code == 409
    assert "Others have used this prompt as often as is wanted." in words(page)
    with pytest.raises(authoring.PromptUsedUp), transaction.atomic():
        use(alice, project, one)


def test_a_request_that_is_repeated_is_no_second_use(alice):
    project, (one, _two) = limited(1)
    where = {"dialogue": uuid.uuid4(), "prompt": one}
    assert ask(alice, project, one.text, **where) == ask(alice, project, one.text, **where)


def test_when_all_are_used_up_it_is_said_and_the_round_is_done(client, alice):
    carol = join("first", "carol@example.org")
    project, prompts = limited(1)
    for one in prompts:
        use(carol, project, one).dialogue.end()
    step = client.get(f"/projects/{project.slug}/work/").context["step"]
    assert (step.title, "others have used it up" in step.text) == ("No prompts left", True)
    assert is_used_up(project.rounds.get())


def test_who_may_write_is_told_to_where_the_set_has_no_more_for_them(client, alice):
    project, prompts = limited(None)
    project.allows_own_prompts = True
    project.save()
    told = "There are no more prompts for you here, so write your own."
    for one in prompts:
        assert told not in words(client.get("/projects/set/work/"))
        use(alice, project, one).dialogue.end()
    assert told in words(client.get("/projects/set/work/"))
    project.rounds.update(prompt_set=None)
    assert told not in words(client.get("/projects/set/work/")), "it never had one"


def test_who_may_not_is_told_that_a_round_with_more_is_being_prepared(client, alice):
    project, prompts = limited(None)
    for one in prompts:
        use(alice, project, one).dialogue.end()
    Round.objects.draft(project, like=project.rounds.get())
    step = client.get("/projects/set/work/").context["step"]
    assert step.text.endswith("Your manager can add more. Round 2 is being prepared.")


def test_beside_a_prompt_of_ones_own_that_was_refused_no_other_is_offered(client, alice):
    project, (one, _two) = limited(1, max_prompt_chars=200)
    project.allows_own_prompts = True
    project.save()
    assert client.get("/projects/set/work/").context["step"].suggestion
    refused = prompt(client, project, "Why? " * 50)
    assert (refused.status_code, refused.context["step"].suggestion) == (422, None)
    assert "Shorten it." in words(refused) and "Why? Why?" in words(refused)
    use(join("first", "carol@example.org"), project, one)
    gone = prompt(client, project, one.text, prompt=one.pk)
    assert (gone.status_code, gone.context["step"].suggestion["text"]) == (409, "Two?")


def ones_own(page) -> str:
    """What stands in the field for a prompt of one's own."""
    return page.content.decode().partition('id="prompt-text"')[2].partition("</textarea>")[0].partition(">")[2].strip()


def test_a_prompt_of_the_set_that_was_refused_is_shown_as_the_sets_and_nobody_has_typed_it(client, alice):
    project, (one, two) = limited(1, allows_own_prompts=True)
    project.allows_own_prompts = True
    project.save()
    use(join("first", "carol@example.org"), project, one)
    gone = prompt(client, project, one.text, prompt=one.pk)
    assert "The prompt from the set that was not sent</h2><blockquote" in words(gone)
    assert (gone.status_code, gone.context["step"].refused, ones_own(gone)) == (409, "One?", "")
    changed = prompt(client, project, "One, or two?", prompt=one.pk, number=0)
    assert (changed.status_code, ones_own(changed)) == (422, "One, or two?"), "this one is theirs"
    pk, _ = two.pk, two.delete()
    removed = prompt(client, project, two.text, prompt=pk)
    assert (removed.status_code, removed.context["step"].refused, ones_own(removed)) == (422, "Two?", "")


def test_one_that_was_refused_and_may_still_be_sent_is_offered_again(client, alice):
    project, (_one, two) = limited(None)
    for own in ("First?", "Second?", "Third?"):
        ask(alice, project, own)
    for _ in range(5):
        refused = prompt(client, project, two.text, prompt=two.pk)
        assert (refused.status_code, refused.context["step"].suggestion["pk"]) == (409, two.pk)
        assert "that was not sent" not in words(refused)


def test_where_the_set_has_no_more_and_is_all_there_is_no_field_is_left_to_type_in(client, alice):
    project, (one, two) = limited(1)
    for person, each in ((alice, two), (join("first", "carol@example.org"), one)):
        use(person, project, each)
    refused = prompt(client, project, one.text, prompt=one.pk)
    assert (refused.status_code, refused.context["step"].title) == (409, "No prompts left")
    assert "Others have used this prompt as often as is wanted." in words(refused)


def test_stock_holds_no_more_than_may_be_used_and_is_a_use_itself(client, alice):
    people = [join("first", f"{name}@example.org") for name in ("carol", "dora")]
    project, (one, two) = limited(1, stock_low=2, stock_high=8)
    use(people[0], project, one)
    for _ in range(3):
        stock.refill()
    (in_stock,) = stock.waiting(project.rounds.get())
    assert in_stock.turns.get().prompt == two
    assert not is_used_up(project.rounds.get())
    answer(in_stock.turns.get())
    assert client.get(f"/projects/{project.slug}/work/").context["step"].suggestion["pk"] == two.pk
    assert use(alice, project, two).dialogue == in_stock


def test_what_failed_in_stock_is_no_use(alice):
    project, (one, _two) = limited(1, stock_low=1, stock_high=1)
    stock.refill()
    Dialogue.objects.filter(author=None).update(ended_at="2026-01-01T00:00Z")
    use(alice, project, one)


def test_the_limit_is_one_of_the_rounds_terms(alice):
    project, _prompts = limited(2)
    assert Round.objects.draft(project, like=project.rounds.get()).prompt_uses == 2


def test_many_people_at_once_use_a_prompt_no_more_often_than_the_round_says(transactional_db, monkeypatch):
    monkeypatch.setattr(generation, "send", lambda pk: None)
    people = [join("first", f"person-{number}@example.org") for number in range(6)]
    project, (one, _two) = limited(2)
    with transaction.atomic():
        Round.objects.select_for_update().get()
        sent = [beside(partial(use, person, project, one)) for person in people]
        wait_until(lambda: waiting() == len(people))
    for thread, _ in sent:
        thread.join()
    assert [type(error) for _, raised in sent for error in raised] == [authoring.PromptUsedUp] * 4
    assert Turn.objects.filter(prompt=one).count() == 2
