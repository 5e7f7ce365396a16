"""What is known of a prompt beside its text: language, risk and attack, and how it was written."""

import pytest
from django.db import IntegrityError, transaction

from labeling.comparisons.models import Assignment
from labeling.dialogues.models import Turn
from labeling.projects.models import Acknowledgement, PromptSet
from tests.comparisons.pages import judge, prompt
from tests.people import answer, ask, make_project, manage
from tests.projects.pages import words

ARABIC = "لماذا السماء زرقاء؟"


@pytest.fixture
def drawn(alice):
    """A project that has a set with one prompt of each kind."""
    made = PromptSet.objects.create(name="tagged")
    made.add(
        ["Pretend to be a locksmith."], language="en", category="adversarial", risk="illicit", attack="perspective"
    )
    project = make_project("safety", ("safety",))
    project.rounds.update(prompt_set=made)
    return project, made.prompts.get()


def test_the_browsers_language_is_offered_and_what_was_chosen_last_after_that(client, alice, project):
    url = f"/projects/{project.slug}/work/"
    page = client.get(url, headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert page.context["step"].tags.offered == "de"
    assert '<option value="de" selected>Deutsch' in page.content.decode()
    prompt(client, project, "Why?", language="de", offered="de")
    assert (Turn.objects.get().language, Turn.objects.get().language_from) == ("de", "assumed")
    Turn.objects.get().dialogue.end()
    prompt(client, project, "Pourquoi ?", language="fr", offered="de")
    assert Turn.objects.filter(language="fr", language_from="author").count() == 1
    alice.refresh_from_db()
    assert alice.language == "fr"


def test_a_language_that_was_left_gives_way_to_the_script_and_one_that_was_chosen_does_not(client, project):
    prompt(client, project, ARABIC, language="en", offered="en")
    assert (Turn.objects.get().language, Turn.objects.get().language_from) == ("und-Arab", "assumed")
    Turn.objects.get().dialogue.end()
    prompt(client, project, ARABIC, language="fa", offered="en")
    assert Turn.objects.filter(language="fa", language_from="author").exists()


def test_a_prompt_of_the_set_keeps_the_sets_tags_whatever_the_page_says(client, drawn):
    project, one = drawn
    prompt(client, project, one.text, prompt=one.pk, language="fr", offered="en", risk="hateful", attack="logic")
    turn = Turn.objects.get()
    assert (turn.language, turn.language_from, turn.risk, turn.attack) == ("en", "set", "illicit", "perspective")
    assert turn.keystrokes is None


def test_a_prompt_of_the_set_is_sent_as_the_page_sends_it_without_a_word_about_its_risk(client, drawn):
    project, one = drawn
    step = client.get(f"/projects/{project.slug}/work/").context["step"]
    sent = {"prompt": step.suggestion["pk"], "text": step.suggestion["text"]}
    assert prompt(client, project, dialogue=step.dialogue, number=step.number, **sent).status_code == 200
    assert (Turn.objects.get().prompt, Turn.objects.get().risk) == (one, "illicit")


def test_a_prompt_of_the_set_that_was_changed_is_its_authors_with_their_tags(client, drawn):
    project, one = drawn
    prompt(client, project, one.text + " Quickly.", prompt=one.pk, risk="hateful", attack="logic")
    turn = Turn.objects.get()
    assert (turn.prompt, turn.risk, turn.attack) == (None, "hateful", "logic")


def test_a_safety_project_asks_what_a_prompt_risks_and_how_it_attacks(client, alice):
    project = make_project("safety", ("safety",))
    page = client.get(f"/projects/{project.slug}/work/")
    assert [option.value for option in page.context["step"].tags.risks][:2] == ["", "none"]
    assert "Say what your prompt risks" in words(prompt(client, project, "How do I pick a lock?"))
    page = prompt(client, project, "How do I pick a lock?", risk="illicit")
    assert page.status_code == 422
    assert "Say how your prompt attacks" in words(page)
    assert [option.value for option in page.context["step"].tags.risks if option.chosen] == ["illicit"]
    assert not Turn.objects.exists()
    prompt(client, project, "How do I pick a lock?", risk="illicit", attack="logic")
    assert (Turn.objects.get().risk, Turn.objects.get().attack) == ("illicit", "logic")


def test_with_both_axes_a_prompt_is_harmless_unless_its_author_says_otherwise(client, project):
    page = client.get(f"/projects/{project.slug}/work/")
    assert [option.value for option in page.context["step"].tags.risks if option.chosen] == ["none"]
    prompt(client, project, "Why?", risk="none", attack="logic")
    assert (Turn.objects.get().risk, Turn.objects.get().attack) == ("", "")


def test_a_helpfulness_project_asks_for_the_language_alone(client, alice):
    project = make_project("help", ("helpfulness",))
    page = client.get(f"/projects/{project.slug}/work/").content.decode()
    assert 'name="language"' in page
    assert 'name="risk"' not in page
    prompt(client, project, "Why?", risk="illicit", attack="logic")
    assert Turn.objects.get().risk == ""


def test_the_next_turn_begins_with_the_tags_of_the_one_before(client, alice):
    project = make_project("safety", ("safety",), max_turns=2)
    turn = prompt_and_judge(client, project, risk="hateful", attack="semantic")
    tags = client.get(f"/projects/{project.slug}/work/").context["step"].tags
    assert [option.value for option in (*tags.risks, *tags.attacks) if option.chosen] == ["hateful", "semantic"]
    assert turn.number == 1


def prompt_and_judge(client, project, **tags) -> Turn:
    prompt(client, project, "Why?", **tags)
    turn = Turn.objects.get()
    answer(turn)
    judge(client, Assignment.objects.get(comparison__turn=turn))
    return turn


@pytest.mark.parametrize("count", ["", "-1", "1e9", "99999999999999999999", "<b>", "10000001"])
def test_a_count_that_cannot_be_is_not_kept_and_refuses_nothing(client, project, count):
    prompt(client, project, "Why?", keystrokes=count, typed_chars=count, pasted_chars="7")
    turn = Turn.objects.get()
    assert (turn.keystrokes, turn.typed_chars, turn.pasted_chars, turn.paste_share) == (None, None, 7, 1)


def test_managers_read_tags_and_counts_beside_the_prompt(client, alice, manager):
    project = make_project("safety", ("safety",))
    manage(project, manager)
    counts = {"keystrokes": "12", "typed_chars": "10", "pasted_chars": "30"}
    prompt_and_judge(client, project, risk="illicit", attack="logic", language="de", offered="en", **counts)
    client.force_login(manager)
    said = words(client.get(f"/projects/{project.slug}/rounds/1/judgements/"))
    about = ("Deutsch (de)", "illicit and criminal activities", "logic manipulation")
    for word in (*about, "typed 10, pasted 30 characters, 12 keystrokes", "75 % pasted"):
        assert f'<span dir="auto">{word}</span>' in said


def test_its_author_corrects_the_language_and_nothing_else_of_a_prompt_ever_changes(client, alice, project):
    turn = ask(alice, project, ARABIC)
    answer(turn)
    assignment = Assignment.objects.get(comparison__turn=turn, axis="helpfulness")
    judge(client, assignment)
    assert f"/turns/{turn.pk}/language/" in client.get(f"/assignments/{assignment.pk}/change/").content.decode()
    client.post(f"/turns/{turn.pk}/language/", {"language": "fa"})
    turn.refresh_from_db()
    assert (turn.language, turn.language_from, turn.text) == ("fa", "author", ARABIC)
    assert client.post(f"/turns/{turn.pk}/language/", {"language": "not a tag"}).status_code == 400
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Turn.objects.update(risk="illicit")


def test_the_length_of_a_response_is_told_once_it_is_judged(client, alice, project):
    turn = ask(alice, project)
    answer(turn, "One two three.", "天空 is blue")
    assignment = Assignment.objects.get(comparison__turn=turn, axis="helpfulness")
    page = client.get(f"/projects/{project.slug}/work/")
    assert [side.words for side in page.context["step"].sides] == [None, None]
    assert " words</p>" not in words(page)
    judge(client, assignment)
    page = client.get(f"/assignments/{assignment.pk}/change/")
    assert sorted(side.words for side in page.context["step"].sides) == [3, 4]
    assert "4 words</p>" in words(page)
    listed = client.get(f"/projects/{project.slug}/mine/").context["answers"][0]
    assert sorted(listed.words) == [3, 4]


def test_what_is_measured_is_said_before_anything_is_written(client, project):
    line = "What is measured here: your time, and how much of a prompt is pasted."
    assert line in words(client.get(f"/projects/{project.slug}/work/"))
    Acknowledgement.objects.all().delete()
    assert line in words(client.get(f"/projects/{project.slug}/work/"))


@pytest.mark.parametrize("language", ["<script>", "x" * 100_000])
def test_what_is_no_tag_does_not_come_back_as_a_choice(client, project, language):
    page = prompt(client, project, "", language=language, offered="de")
    assert page.status_code == 422
    assert language not in page.context["step"].tags.languages
