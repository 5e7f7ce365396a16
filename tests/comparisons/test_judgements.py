"""What a manager reads of what was judged."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.cohorts.models import Withdrawal
from labeling.comparisons import judgements as reading
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues.models import Turn
from tests.comparisons.pages import judge
from tests.people import answer, ask, join, manage
from tests.projects.pages import words
from tests.quality.judging import give, say


@pytest.fixture
def maria(manager, project) -> Client:
    """The browser of the project's manager."""
    manage(project, manager)
    browser = Client()
    browser.force_login(manager)
    return browser


def judged(client, person, project, text="Why is the sky blue?", texts=("One.", "Two."), **fields) -> Turn:
    client.force_login(person)
    turn = ask(person, project, text)
    answer(turn, *texts)
    for assignment in Assignment.objects.filter(comparison__turn=turn):
        judge(client, assignment, **fields)
    return turn


def imported_again(pair: Comparison, person, language: str) -> None:
    """The same responses, as if they and what is said of them had been made elsewhere."""
    same = {"project": pair.project, "round": pair.round, "first": pair.first, "second": pair.second}
    context = [{"role": "user", "content": f"{pair.context[-1]['content']} again"}]
    imported = Comparison.objects.create(**same, context=context, language=language, ready_at=pair.ready_at)
    say(give(imported, person, axis="safety"), 2)


def page(browser, project, number=1, **asked):
    return browser.get(f"/projects/{project.slug}/rounds/{number}/judgements/", asked)


def shown(answer) -> list[tuple[str, str]]:
    """Prompt and axis of each judgement on the page, from the top."""
    readings = answer.context["readings"]
    return [(one.judgement.assignment.comparison.turn.text, one.judgement.axis) for one in readings]


def test_it_shows_what_was_said_about_both_responses(client, maria, alice, project, stand):
    project.reasons = ["accurate", "too long"]
    project.save()
    stand(swapped=True)
    seconds = {"active_ms": 41_000, "elapsed_ms": 90_000}
    said = {"choice": 4, "a_label": "unsafe", "a_false_refusal": "on", "comment": "B cites its source."}
    judged(client, alice, project, a_reasons=["too long"], b_reasons=["accurate"], **said, **seconds)
    top = page(maria, project).context["readings"][0]
    assert (top.judgement.axis, str(top.degree), top.judgement.comment) == (
        "safety",
        "Significantly better",
        "B cites its source.",
    )
    chosen, rejected = top.sides
    assert (chosen.letter, chosen.chosen, chosen.safe, chosen.false_refusal) == ("B", True, True, False)
    assert (rejected.letter, rejected.chosen, rejected.safe, rejected.false_refusal) == ("A", False, False, True)
    assert (chosen.reasons, rejected.reasons) == (["accurate"], ["too long"])
    assert ("One." in chosen.said.html, "Two." in rejected.said.html) == (True, True)
    text = words(page(maria, project))
    assert "B cites its source." in text and "41 s at work" in text
    assert top.judgement.assignment.person.pseudonym in text and "Alice" not in text
    assert text.index("Chosen") < text.index("Rejected")


def test_a_judgement_that_was_changed_is_read_once_as_it_is_now(client, maria, alice, project):
    turn = judged(client, alice, project, choice=-4)
    judge(client, Assignment.objects.get(comparison__turn=turn, axis="helpfulness"), choice=1, comment="On reflection.")
    answer = page(maria, project)
    assert [(one.judgement.axis, str(one.degree)) for one in answer.context["readings"]] == [
        ("helpfulness", "Barely better or unsure"),
        ("safety", "Significantly better"),
    ]
    assert "changed once" in words(answer)


def test_it_is_read_with_what_was_said_before_in_the_conversation(client, maria, alice, project):
    project.rounds.get().review()
    project.max_turns = 2
    project.save()
    second = project.rounds.create(number=2)
    for entry in project.rounds.get(number=1).policy.all():
        second.policy.create(model_version=entry.model_version)
    second.open()
    first = judged(client, alice, project, "First?")
    turn = ask(alice, project, "And second?", dialogue=first.dialogue_id, number=2)
    answer(turn)
    judge(client, Assignment.objects.get(comparison__turn=turn, axis="helpfulness"))
    top = page(maria, project, number=2).context["readings"][0]
    assert [message.role for message in top.context] == ["user", "assistant"]
    assert ("First?" in top.context[0].html, "And second?" in top.prompt.html) == (True, True)


def test_no_model_is_named_until_one_asks(client, maria, alice, project):
    judged(client, alice, project)
    blind, open_ = words(page(maria, project)), words(page(maria, project, models=1))
    assert not re.search(r"both-[01]|temperature|/models/\d", blind)
    assert "both-0" in open_ and "both-1" in open_ and "temperature" in open_
    assert 'href="?models=1"' in blind


def test_texts_of_annotators_and_models_stay_texts(client, maria, alice, project):
    evil = "<script>alert(1)</script><b hx-get='/'>"
    judged(client, alice, project, evil, (f"Light scatters. {evil}", f"{evil} Nobody knows, ask again."), comment=evil)
    text = words(page(maria, project))
    assert "<script>alert" not in text and "<b hx-get" not in text
    assert text.count("&lt;script&gt;alert(1)") == 8  # prompt, two responses and a comment, on two axes
    for match in re.finditer(r'<div class="text[^>]*>', text):
        assert 'dir="auto"' in match[0] and "hx-ignore" in match[0]


def test_what_was_withdrawn_since_is_marked(client, maria, alice, project):
    judged(client, alice, project)
    assert "withdrawn" not in words(page(maria, project))
    Withdrawal.objects.begin(alice)
    assert words(page(maria, project)).count("withdrawn") == 2  # on each axis


def test_it_is_filtered_by_axis_person_and_comment(client, maria, alice, project):
    carol = join("first", "carol@example.org")
    judged(client, alice, project, "Of Alice")
    judged(client, carol, project, "Of Carol", comment="Hm.")
    both = {"helpfulness", "safety"}
    for asked, expected in (
        ({}, {("Of Alice", axis) for axis in both} | {("Of Carol", axis) for axis in both}),
        ({"axis": "safety"}, {("Of Alice", "safety"), ("Of Carol", "safety")}),
        ({"person": alice.pk}, {("Of Alice", axis) for axis in both}),
        ({"comment": 1}, {("Of Carol", axis) for axis in both}),
        ({"axis": "safety", "person": carol.pk, "comment": 1}, {("Of Carol", "safety")}),
        ({"person": alice.pk, "comment": 1}, set()),
    ):
        answer = page(maria, project, **asked)
        assert (set(shown(answer)), answer.context["count"]) == (expected, len(expected)), asked
    assert "Nothing that was judged here is like that." in words(answer)


@pytest.mark.parametrize("asked", [{"axis": "beauty"}, {"person": "x"}, {"person": "9" * 40}, {"before": "²"}])
def test_an_address_that_makes_no_sense_shows_everything(client, maria, alice, project, asked):
    judged(client, alice, project)
    assert len(shown(page(maria, project, **asked))) == 2


def test_older_ones_are_a_page_further_and_keep_what_one_asked_for(client, maria, alice, project, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 2)
    for number in range(3):
        judged(client, alice, project, f"Number {number}")
    first = page(maria, project, axis="safety")
    assert shown(first) == [("Number 2", "safety"), ("Number 1", "safety")]
    judged(client, alice, project, "Meanwhile")
    older = first.context["older"]
    assert f'href="?axis=safety&amp;before={older}"' in words(first)
    second = page(maria, project, axis="safety", before=older)
    assert (shown(second), second.context["older"]) == ([("Number 0", "safety")], None)
    assert 'href="?axis=safety"' in words(second)
    assert "There is nothing further back." in words(page(maria, project, before=1))


def test_pairs_from_elsewhere_stand_among_those_that_were_written_in_their_language(
    client, maria, alice, project, monkeypatch
):
    monkeypatch.setattr(reading, "PAGE", 2)
    for language, text in (("de", "First"), ("en", "Another language"), ("de", "Third")):
        pair = Comparison.objects.get(turn=judged(client, alice, project, text))
        Turn.objects.filter(comparison=pair).update(language=language)
        imported_again(pair, alice, language)

    def prompts(answer) -> list[str]:
        return [one.prompt.html for one in answer.context["readings"]]

    first = page(maria, project, axis="safety", language="de")
    second = page(maria, project, axis="safety", language="de", before=first.context["older"])
    assert prompts(first) + prompts(second) == ["Third again", "Third", "First again", "First"]
    assert (first.context["count"], second.context["older"]) == (4, None)


def test_it_takes_as_many_queries_for_many_judgements_as_for_one(client, maria, alice, project):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(maria, project, models=1)
        return len(captured)

    judged(client, alice, project)
    few = queries()
    for number in range(6):
        judged(client, join("first", f"p{number}@example.org"), project)
    assert queries() == few <= 11


def test_only_what_belongs_to_the_round_is_there(client, maria, alice, project):
    judged(client, alice, project)
    project.rounds.create(number=2)
    answer = page(maria, project, number=2)
    assert answer.context["readings"] == [] and "Nobody has judged anything in this round yet." in words(answer)
    assert page(maria, project, number=3).status_code == 404


def test_the_pages_of_the_round_and_the_project_lead_to_it(client, maria, alice, project):
    judged(client, alice, project)
    target = f"/projects/{project.slug}/rounds/1/judgements/"
    for place in ("", "rounds/1/"):
        assert f'href="{target}' in words(maria.get(f"/projects/{project.slug}/{place}")), place
    counted = f"/projects/{project.slug}/quality/behind/authored/?axis=helpfulness&amp;round=1"
    assert f'<a href="{counted}">1 judgement</a>' in words(maria.get(f"/projects/{project.slug}/rounds/1/progress/"))
    assert maria.get(counted.replace("&amp;", "&")).context["count"] == 1
