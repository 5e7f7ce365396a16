"""The items of a draft, changed by forms: the text says afterwards what they say."""

import tomllib

import pytest
from django.urls import reverse

from labeling.exams import files
from labeling.exams.models import Exam
from labeling.exams.toml import dump
from tests.exams.test_files import SMALL
from tests.projects.pages import words

MEAN = """
[[part]]
title = "Writing"
rule = "mean"
threshold = 4
[[part.item]]
kind = "text"
question = "Why?"
rubric = "5: clear."
"""
CHOICE = {"question": "Which?", "weight": "1", "option_1": "this", "option_2": "that", "right_1": "on"}
PAIR = {"question": "Grass?", "weight": "1", "first": "Green.", "second": "It is.", "right": ["1", "2"]}
TEXT = {"question": "How?", "weight": "2", "rubric": "5: complete."}


@pytest.fixture
def draft(manager) -> Exam:
    return files.write(SMALL + MEAN, manager)


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return client


def seen(page, draft) -> str:
    return page.get(f"/exams/{draft.pk}/").context["seen"]


def send(page, draft, place, typed, *, part=1, kind="", **more):
    address = f"{reverse('exam_item', args=[draft.pk, part, place])}?kind={kind}"
    return page.post(address, {"seen": seen(page, draft), **typed, **more})


def items(draft, part=1) -> list[dict]:
    draft.refresh_from_db()
    said = tomllib.loads(draft.source)["part"][part - 1].get("item", [])
    kept = list(draft.parts.get(number=part).items.order_by("number").values_list("question", flat=True))
    assert kept == [one.get("question", "") for one in said]
    return said


@pytest.mark.parametrize("name", files.TEMPLATES)
def test_a_paper_that_is_written_anew_says_the_same(name):
    said = tomllib.loads(files.template(name))
    assert tomllib.loads(dump(said)) == said


@pytest.mark.parametrize("text", ['"', '"""', "\\", "a\nb", "\n\n", 'x"\n"', "\t\x7f\x01", "’ש🙂"])
def test_any_text_comes_back_as_it_was(text):
    assert tomllib.loads(dump({"question": text, "options": [text]})) == {"question": text, "options": [text]}


def test_a_choice_is_changed_and_what_is_left_empty_is_left_out(page, draft):
    typed = {**CHOICE, "question": "Which *one*?", "option_2": "that", "option_5": "those", "right_5": "on"}
    assert send(page, draft, 1, typed, fixed="on").url == f"/exams/{draft.pk}/?part=1#part-1"
    changed = {"options": ["this", "that", "those"], "right": [1, 3], "fixed": True}
    assert items(draft) == [{"kind": "choice", "question": "Which *one*?", **changed}]
    form = page.get(reverse("exam_item", args=[draft.pk, 1, 1])).context["form"]
    assert form["option_3"].value() == "those" and form["right_3"].value() is True


def test_one_of_each_kind_is_added(page, draft):
    send(page, draft, 0, CHOICE, kind="choice", practice="on", why="It is near.")
    send(page, draft, 0, PAIR, kind="pair")
    send(page, draft, 0, TEXT, part=2, kind="text")
    assert [one["kind"] for one in items(draft)] == ["choice", "choice", "pair"]
    assert items(draft)[1]["practice"] is True and items(draft)[1]["why"] == "It is near."
    pair = {"kind": "pair", "question": "Grass?", "first": "Green.", "second": "It is.", "right": [1, 2]}
    assert items(draft)[2] == pair
    assert items(draft, 2)[1] == {"kind": "text", "question": "How?", "rubric": "5: complete.", "weight": 2}


def test_items_move_and_go(page, draft):
    send(page, draft, 0, {**CHOICE, "question": "Second?"}, kind="choice")

    def move(place, act):
        page.post(reverse("exam_item_move", args=[draft.pk, 1, place]), {"seen": seen(page, draft), "act": act})
        return [one["question"] for one in items(draft)]

    assert move(2, "up") == ["Second?", "Which?"]
    assert move(1, "down") == ["Which?", "Second?"]
    assert move(1, "up") == ["Which?", "Second?"]
    assert move(2, "remove") == ["Which?"]
    assert move(1, "remove") == []
    assert not draft.publish()


def test_an_item_is_removed_on_its_own_page_which_asks_first_and_says_so(page, draft):
    offered = "Its texts go with it. You can undo that"
    assert offered in words(page.get(reverse("exam_item", args=[draft.pk, 1, 1])))
    assert offered not in words(page.get(f"{reverse('exam_item', args=[draft.pk, 1, 0])}?kind=choice"))
    body = {"seen": seen(page, draft), "act": "remove"}
    assert "“Which?” is removed." in words(
        page.post(reverse("exam_item_move", args=[draft.pk, 1, 1]), body, follow=True)
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({**CHOICE, "right_1": ""}, "Say which options are right"),
        ({**CHOICE, "option_2": ""}, "Option 2"),
        ({**CHOICE, "question": ""}, "Question"),
    ],
)
def test_what_an_item_lacks_is_said(page, draft, wrong, says):
    refused = send(page, draft, 1, wrong)
    assert refused.status_code == 422 and says in words(refused)
    assert items(draft)[0]["options"] == ["this", "that"]


def test_a_preview_saves_nothing(page, draft):
    shown = send(page, draft, 0, PAIR, kind="pair", preview="1")
    assert shown.status_code == 200
    assert "As candidates see it" in words(shown) and "Green." in words(shown)
    assert len(items(draft)) == 1


def test_of_a_draft_that_somebody_changed_meanwhile_nothing_is_overwritten(page, draft):
    before = seen(page, draft)
    send(page, draft, 1, {**CHOICE, "question": "Theirs?"})
    refused = send(page, draft, 1, {**CHOICE, "question": "Mine?"}, seen=before)
    assert refused.status_code == 422 and "Somebody changed this draft meanwhile" in words(refused)
    assert "Mine?" in words(refused)
    page.post(reverse("exam_item_move", args=[draft.pk, 1, 1]), {"seen": before, "act": "remove"})
    assert [one["question"] for one in items(draft)] == ["Theirs?"]


def test_a_published_exam_has_no_forms(page, draft):
    draft.publish()
    assert page.get(reverse("exam_item", args=[draft.pk, 1, 1])).status_code == 404
    assert "Add a choice" not in words(page.get(f"/exams/{draft.pk}/"))
