"""Exams as text: the templates that ship, and what is said of a text that cannot be one."""

import pytest

from labeling.exams import files
from labeling.exams.models import Exam, Item
from labeling.exams.standing import begin
from tests.exams.papers import answer_all

SMALL = """
name = "Small"
grants = { name = "Small", version = 1 }
[[part]]
title = "All of it"
rule = "share"
threshold = 50
[[part.item]]
kind = "choice"
question = "Which?"
options = ["this", "that"]
right = [1]
"""


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("language", [("share", 90, False, 21), ("mean", 4, False, 4)]),
        ("sensitive", [("share", 80, False, 40), ("mean", 4, False, 2)]),
        ("ranking", [("count", 26, True, 31)]),
        ("writing", [("mean", 4, True, 18)]),
    ],
)
def test_the_templates_have_llama_2s_thresholds_and_numbers(name, parts):
    read = files.read(files.template(name)).parts
    counted = [[item for item in items if not item.practice] for _, items in read]
    found = [
        (one.rule, one.threshold, one.more_than, len(items)) for (one, _), items in zip(read, counted, strict=True)
    ]
    assert found == parts
    assert all(part.minutes for part, _ in read) == (name != "writing")


def test_the_first_test_takes_50_minutes_and_its_grammar_has_to_be_passed():
    parts = [part for part, _ in files.read(files.template("language")).parts]
    assert sum(part.minutes for part in parts) == 50
    assert [part.must_pass for part in parts] == [True, False]


def test_the_last_test_asks_for_6_of_18():
    assert files.read(files.template("writing")).parts[0][0].at_least == 6


def test_the_four_templates_follow_one_another_and_can_be_passed(alice, manager):
    for name in files.TEMPLATES:
        exam = files.write(files.template(name), manager)
        assert exam.publish()
        attempt = begin(alice, exam)
        for part in exam.parts.all():
            answer_all(attempt, *(item.accepted[0] if item.accepted else "Words." for item in part.counted()))
        for answer in attempt.answers.filter(item__kind="text"):
            assert answer.grade_with(manager, 5, "")
        attempt.refresh_from_db()
        assert attempt.state == "passed"


def test_no_two_items_of_the_templates_are_the_same():
    read = [files.read(files.template(name)) for name in files.TEMPLATES]
    items = [item for paper in read for _, items in paper.parts for item in items]
    asked = {(item.question, item.first, item.second, *item.options) for item in items}
    assert len(asked) == len(items)


def test_no_template_is_passed_by_always_giving_the_same_answer():
    for name in ("language", "sensitive", "ranking"):
        for part, items in files.read(files.template(name)).parts:
            chosen = [item for item in items if item.kind != Item.Kind.TEXT]
            for value in range(1, 9):
                assert sum(value in item.accepted for item in chosen) <= 0.7 * len(chosen), (name, part.title, value)


def test_a_text_that_is_saved_again_replaces_the_draft(manager):
    draft = files.write(SMALL, manager)
    again = files.write(SMALL.replace("Which?", "Which one?"), manager, draft)
    assert again == draft
    assert [item.question for item in Item.objects.all()] == ["Which one?"]


def test_the_same_name_makes_the_next_version(manager):
    files.write(SMALL, manager).publish()
    assert [files.write(SMALL, manager).version, Exam.objects.count()] == [2, 2]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name =", "nom =", "Give it a name"),
        ("name =", "name", "This is no TOML"),
        ("[[part]]", "[[piece]]", "“piece” means nothing here."),
        ("[[part]]", "[part]", "Its parts are written as [[part]]."),
        ('grants = { name = "Small", version = 1 }', "grants = 3", "“grants” is missing"),
        ("right = [1]", "right = [3]", "Part 1: item 1: “right” lists what is accepted, by number, from 1 to 2."),
        ("right = [1]", "right = [true]", "“right” lists"),
        ("right = [1]", "", "“right” lists"),
        ("right = [1]", "right = [1]\nhint = 2", "“hint” means nothing here."),
        ('kind = "choice"', 'kind = "poem"', "kind:"),
        ('kind = "choice"', 'kind = "text"', "rule is “mean”"),
        ('kind = "choice"', 'kind = "pair"', "Only a choice has options."),
        ('options = ["this", "that"]', 'options = "this"', "“options” is a list of texts."),
        ('options = ["this", "that"]', 'options = ["this"]', "A choice needs two options or more."),
        ("threshold = 50", 'threshold = "half"', "threshold:"),
        ("threshold = 50", "threshold = 50\nminutes = -1", "minutes:"),
        ("threshold = 50", "threshold = 50\nat_least = 1", "leave out “at_least”"),
        ('rule = "share"\nthreshold = 50', 'rule = "mean"\nthreshold = 6', "A mean grade is 5 at most."),
        ("[[part.item]]", "[[part.thing]]", "“thing” means nothing here."),
        ("[[part.item]]", "[part.item]", "Its items are written as [[part.item]]."),
    ],
)
def test_what_is_wrong_is_said_with_its_place(old, new, said):
    with pytest.raises(files.Unreadable) as refused:
        files.read(SMALL.replace(old, new))
    assert any(said in problem for problem in refused.value.problems), refused.value.problems
