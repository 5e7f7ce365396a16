"""A round that needs nobody any more: its manager is told, and what to do."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.comparisons import authoring, stock
from labeling.comparisons.models import Assignment
from labeling.comparisons.progress import progress
from labeling.dialogues.models import Turn
from labeling.projects.models import Project, PromptSet
from labeling.projects.setting_up import next_step
from tests.comparisons.pages import judge
from tests.people import answer, ask, join, make_project, manage
from tests.projects.pages import words
from tests.projects.rounds import draft_of, version

REACHED = "Round 1 has reached its target: put it into review."
USED_UP = "Everybody has used every prompt of round 1: add prompts, or put it into review."
OPEN = "Round 1 is open: annotators have work."


@pytest.fixture
def wants_one(alice) -> Project:
    return make_project("one", ("helpfulness",), target=1)


@pytest.fixture
def from_set(alice) -> Project:
    """Nobody writes prompts here: there are two, of which a safety one does not fit."""
    project = make_project("handed", ("helpfulness",))
    prompts = PromptSet.objects.create(name="Two")
    prompts.add(["Why?", "How?"])
    prompts.prompts.create(text="Harm?", category="adversarial", risk="hateful", attack="logic")
    project.rounds.update(prompt_set=prompts)
    project.allows_own_prompts = False
    project.save()
    return project


@pytest.fixture
def maria(manager, monkeypatch) -> Client:
    """A manager who never sees numbers that were asked for a moment ago."""
    monkeypatch.setattr("labeling.comparisons.progress_views.lately", progress)
    browser = Client()
    browser.force_login(manager)
    return browser


def finish(client, turn: Turn) -> None:
    answer(turn)
    for assignment in Assignment.objects.filter(comparison__turn=turn):
        client.force_login(assignment.person)
        judge(client, assignment)


def use(client, person, project, text: str) -> None:
    finish(client, ask(person, project, text, prompt=project.rounds.get().prompt_set.prompts.get(text=text)))


def said_of(project: Project) -> str:
    return next_step(Project.objects.get(pk=project.pk)).sentence


def test_the_target_is_reached_when_so_many_are_judged(client, alice, wants_one):
    turn = ask(alice, wants_one)
    assert said_of(wants_one) == OPEN
    assert progress(wants_one.rounds.get()).has_enough
    finish(client, turn)
    assert said_of(wants_one) == REACHED


def test_what_was_given_up_is_not_what_the_target_asks_for(client, alice, wants_one):
    authoring.give_up(ask(alice, wants_one).dialogue)
    assert said_of(wants_one) == OPEN


def test_the_rounds_page_names_the_next_step_and_who_is_not_finished(client, alice, manager, maria, wants_one):
    manage(wants_one, manager)
    page = "/projects/one/rounds/1/progress/"
    late = ask(alice, wants_one, "Another?")
    assert "Nothing new is begun" in words(maria.get(page))
    finish(client, ask(alice, wants_one))
    text = words(maria.get(page))
    assert "The target is reached." in text and "1 pair is still being judged" in text
    assert 'href="/projects/one/rounds/1/#ending-title"' in text and "Nothing new is begun" not in text
    finish(client, late)
    assert "still being judged" not in words(maria.get(page))
    wants_one.rounds.get().review()
    assert "The target is reached." not in words(maria.get(page))


def test_prompts_are_used_up_when_everybody_has_had_each_that_fits(client, alice, from_set):
    carol = join("first", "carol@example.org")
    for person in (alice, carol):
        for text in ("Why?", "How?"):
            assert said_of(from_set) == OPEN
            use(client, person, from_set, text)
    assert said_of(from_set) == USED_UP
    from_set.rounds.get().prompt_set.add(["When?"])
    assert said_of(from_set) == OPEN


def test_a_draft_says_that_everybody_has_had_its_prompts(client, alice, manager, maria, from_set):
    manage(from_set, manager)
    prompts = PromptSet.objects.get()
    for text in ("Why?", "How?"):
        use(client, alice, from_set, text)
    from_set.rounds.get().review()
    draft_of(from_set, version("one"), version("other"), prompt_set=prompts)
    page = "/projects/handed/rounds/2/"
    assert "Everybody has had every prompt of “Two” in this project" in words(maria.get(page))
    prompts.add(["When?"])
    assert "Everybody has had every prompt" not in words(maria.get(page))


def test_who_has_left_is_not_waited_for_and_who_has_begun_is(client, alice, from_set):
    carol = join("first", "carol@example.org")
    for text in ("Why?", "How?"):
        use(client, alice, from_set, text)
    carol.memberships.update(left_at="2026-01-01T00:00Z")
    assert said_of(from_set) == USED_UP
    begun = ask(alice, from_set, "Why else?")
    assert said_of(from_set) == OPEN
    authoring.give_up(begun.dialogue)
    assert said_of(from_set) == USED_UP


def test_a_conversation_that_may_go_on_is_waited_for_a_day(client, alice, from_set):
    Project.objects.filter(pk=from_set.pk).update(allows_own_prompts=True)
    from_set.rounds.get().review()
    from_set.refresh_from_db()
    from_set.max_turns, from_set.allows_own_prompts = 2, False
    from_set.save()
    draft = draft_of(from_set, version("one"), version("other"), prompt_set=PromptSet.objects.get())
    draft.open()
    for text in ("Why?", "How?"):
        finish(client, ask(alice, from_set, text, prompt=draft.prompt_set.prompts.get(text=text)))
    assert said_of(from_set) == "Round 2 is open: annotators have work."
    Assignment.objects.update(done_at="2026-01-01T00:00Z")
    assert said_of(from_set).startswith("Everybody has used every prompt of round 2")


def test_what_is_in_stock_for_nobody_keeps_no_round_open(client, alice, from_set):
    for text in ("Why?", "How?"):
        use(client, alice, from_set, text)
    prompt = from_set.rounds.get().prompt_set.prompts.get(text="Why?")
    stock._prepare(from_set.rounds.get(), prompt)
    assert said_of(from_set) == USED_UP


def test_the_rounds_page_says_that_prompts_are_used_up(client, alice, manager, maria, from_set):
    manage(from_set, manager)
    for text in ("Why?", "How?"):
        use(client, alice, from_set, text)
    text = words(maria.get("/projects/handed/rounds/1/progress/"))
    assert "Everybody has used every prompt" in text
    assert f'href="/prompts/{PromptSet.objects.get().pk}/"' in text


@pytest.mark.parametrize(("own", "turns", "words_"), [(False, 1, "of 2 comp"), (True, 1, "of about 2 comp")])
def test_the_target_is_said_to_be_exact_only_where_it_is(alice, manager, maria, own, turns, words_):
    project = make_project("few", ("helpfulness",), target=2, max_turns=turns, allows_own_prompts=True)
    project.allows_own_prompts = own
    project.save()
    manage(project, manager)
    assert words_ in words(maria.get("/projects/few/rounds/1/progress/"))


def test_home_names_the_next_step_of_each_project(client, alice, manager, maria, wants_one, from_set):
    empty = Project.objects.start(manager, "Poems", axes=["safety"])
    for project in (wants_one, from_set):
        manage(project, manager)
    finish(client, ask(alice, wants_one))
    from_set.stop()
    text = words(maria.get("/"))
    assert REACHED in text and "Write the safety guideline" in text and "The project is stopped" in text
    assert f'href="/projects/{empty.slug}/guidelines/safety/new/"' in text
    assert "You judge in no project yet" not in text


def test_home_of_a_new_manager_leads_to_the_first_project(maria):
    assert 'href="/projects/new/"' in words(maria.get("/"))


def test_home_tells_annotators_that_nothing_is_left_but_what_they_have_begun(client, alice, wants_one):
    carol = join("first", "carol@example.org")
    begun = ask(carol, wants_one)
    finish(client, ask(alice, wants_one))
    assert "Round 1 has what it needs." in words(client.get("/"))
    client.force_login(carol)
    assert "There is a guideline to read first." in words(client.get("/"))
    finish(client, begun)
    assert "Round 1 has what it needs." in words(client.get("/"))


def test_home_takes_as_many_queries_however_many_projects_there_are(client, alice, manager, maria, wants_one):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            maria.get("/")
        return len(captured)

    manage(wants_one, manager)
    finish(client, ask(alice, wants_one))
    few = queries()
    for number in range(4):
        more = make_project(f"p{number}", ("helpfulness",), target=1)
        manage(more, manager)
        finish(client, ask(alice, more))
    assert queries() == few
