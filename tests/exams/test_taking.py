"""The pages on which a test is taken."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from labeling.cohorts.models import ConsentText
from labeling.exams.models import Answer, Attempt, Item
from labeling.exams.standing import begin
from tests.exams.papers import CHOICE, LOOSE, PAIR, TEXT, answer_all, expire, make_exam
from tests.projects.pages import words

RUBRIC = "5: nobody could say it better."


@pytest.fixture
def exam(alice):
    why = {"why": "Because of the plural."}
    practice = {**CHOICE, "question": "Which is plural?", "practice": True, **why}
    return make_exam(
        instructions="Take your *time*.",
        parts=[
            {
                "title": "Grammar",
                "items": [{**CHOICE, **why}, practice],
                "minutes": 15,
                "threshold": 90,
                "must_pass": 1,
            },
            {"title": "Ranking", "items": [{**PAIR, **why}], "rule": "count", "threshold": 0, "more_than": True},
            {"title": "Writing", "items": [{**TEXT, "rubric": RUBRIC}], "rule": "mean", "threshold": 4},
        ],
    )


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def sitting_of(person) -> tuple[str, Attempt]:
    attempt = Attempt.objects.get(person=person)
    return reverse("attempt", args=[attempt.pk]), attempt


def send(page, attempt, item, answer, **headers):
    address = reverse("attempt_answer", args=[attempt.pk, item.pk])
    return page.post(address, {f"item-{item.pk}-answer": answer}, headers=headers)


def hand_in(page, attempt, number):
    return page.post(reverse("attempt_finish", args=[attempt.pk, number]))


def test_the_whole_test_is_taken_from_its_pages(page, alice, manager, exam):
    assert "You have 2 attempts." in words(page.get("/tests/"))
    shown = words(page.get(f"/tests/{exam.pk}/"))
    assert "Take your <em>time</em>." in shown and "90 % right" in shown and "more than 0 of 1 right" in shown
    page.post(f"/tests/{exam.pk}/begin/")
    address, attempt = sitting_of(alice)
    for number, answer in enumerate((2, 1, "A clear text."), start=1):
        assert f"Begin part {number}" in words(page.get(address))
        page.post(f"{address}begin/")
        item = attempt.sitting().items()[0]
        assert send(page, attempt, item, answer).url == f"{address}#item-{item.pk}"
        assert hand_in(page, attempt, number).url == address
    assert "Handed in." in words(page.get(address))
    Answer.objects.to_grade(manager).get().grade_with(manager, 4, "Well put.")
    result = words(page.get(address))
    assert "You are qualified: Language." in result and "100 % right" in result and "4 of 5 on average" in result
    assert "Well put." in result
    assert "You have passed." in words(page.get("/tests/"))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_right_never_reaches_the_browser(page, alice, exam, place):
    attempt = begin(alice, exam)
    for answer in (2, 1)[:place]:
        answer_all(attempt, answer)
    attempt.begin_part()
    address, _ = sitting_of(alice)
    before = page.get(address).content.decode()
    item = attempt.sitting().items()[0]
    send(page, attempt, item, "Words." if item.kind == "text" else 1)
    shown = before + page.get(address).content.decode()
    assert RUBRIC not in shown and "plural" not in shown and "accepted" not in shown
    assert "feedback" not in shown


def test_practice_says_what_is_right_and_why_and_keeps_nothing(page, alice, exam):
    address = f"/tests/{exam.pk}/practice/"
    item = exam.parts.first().items.get(practice=True)
    shown = words(page.get(address))
    assert "Which is plural?" in shown and "Because of the plural." not in shown
    wrong = words(page.post(address, {f"item-{item.pk}-answer": 1}))
    assert "Not right." in wrong and "Accepted: two" in wrong and "Because of the plural." in wrong
    assert "Right." in words(page.post(address, {f"item-{item.pk}-answer": 2}))
    assert not Attempt.objects.exists()


def test_the_items_of_practice_are_not_in_the_test(alice, exam):
    assert [item.practice for item in begin(alice, exam).begin_part().items()] == [False]


def test_a_reload_keeps_the_answers_and_the_time(page, alice, exam):
    attempt = begin(alice, exam)
    ends_at = attempt.begin_part().ends_at
    address, _ = sitting_of(alice)
    send(page, attempt, attempt.sitting().items()[0], 3)
    for _ in range(2):
        shown = page.get(address)
        assert re.search(r'value="3" checked', words(shown))
        assert shown.context["sitting"].ends_at == ends_at
    page.post(f"{address}begin/")
    assert attempt.sitting().ends_at == ends_at


def test_a_saved_answer_says_how_much_time_is_left(page, alice, exam):
    attempt = begin(alice, exam)
    attempt.begin_part()
    saved = send(page, attempt, attempt.sitting().items()[0], 3, **{"HX-Request": "true"})
    assert saved.status_code == 204
    assert 0 < int(saved["Tandem-Left"]) <= 15 * 60


def test_what_is_chosen_is_kept_by_what_it_says_and_not_by_its_place(page, alice):
    parts = [{"items": [*LOOSE] * 18, "threshold": 100}]
    attempt = begin(alice, make_exam(parts=parts))
    attempt.begin_part()
    address, _ = sitting_of(alice)
    for shown in page.get(address).context["items"]:
        item = Item.objects.get(pk=shown.key)
        if item.kind == "choice":
            place = next(one["value"] for one in shown.choices if one["label"] == "two")
        else:
            place = 1 if "Grass is green." in shown.sides[0][1] else 8
        send(page, attempt, item, place)
    again = page.get(address)
    chosen = [one["label"] for item in again.context["items"] for one in item.choices if one["checked"]]
    assert set(map(str, chosen)) == {"two", "significantly"}
    assert {side[1] for item in again.context["items"] for side in item.sides[:1]} == {
        "<p>Grass is green.</p>\n",
        "<p>It is.</p>\n",
    }
    hand_in(page, attempt, 1)
    attempt.refresh_from_db()
    assert attempt.state == "passed"


def test_what_comes_too_late_is_not_saved_and_leads_on(page, alice, exam):
    attempt = begin(alice, exam)
    attempt.begin_part()
    item = attempt.sitting().items()[0]
    expire(attempt)
    address, _ = sitting_of(alice)
    late = send(page, attempt, item, 2, **{"HX-Request": "true"})
    assert late["HX-Redirect"] == address
    assert not Answer.objects.exists()
    assert "You did not pass this time." in words(page.get(address))


def test_a_tab_that_was_left_open_hands_in_no_later_part(page, alice, exam):
    attempt = begin(alice, exam)
    answer_all(attempt, 2)
    second = attempt.begin_part()
    hand_in(page, attempt, 1)
    assert attempt.sitting() == second


def test_a_part_that_has_not_begun_takes_no_answers(page, alice, exam):
    attempt = begin(alice, exam)
    attempt.begin_part()
    later = exam.parts.get(number=2).items.get()
    send(page, attempt, later, 1)
    assert not Answer.objects.exists()


@pytest.mark.parametrize("wrong", ["4", "0", "-1", "two", "9" * 30])
def test_an_answer_that_cannot_be_given_is_refused(page, alice, exam, wrong):
    attempt = begin(alice, exam)
    attempt.begin_part()
    assert send(page, attempt, attempt.sitting().items()[0], wrong).status_code == 422
    assert not Answer.objects.exists()


def test_an_answer_may_be_taken_back(page, alice, exam):
    attempt = begin(alice, exam)
    answer_all(attempt, 2)
    answer_all(attempt, 1)
    attempt.begin_part()
    item = attempt.sitting().items()[0]
    send(page, attempt, item, "Something")
    send(page, attempt, item, "  ")
    assert Answer.objects.get(item=item).is_empty


def test_a_text_is_shown_as_text(page, alice):
    exam = make_exam(parts=[{"items": [{**CHOICE, "question": "<script>x</script>", "options": ["<b>", "&"]}]}])
    begin(alice, exam).begin_part()
    shown = page.get(sitting_of(alice)[0]).content.decode()
    assert "<script>x" not in shown and "&lt;script&gt;x" in shown and "&lt;b&gt;" in shown


def test_there_is_agreeing_before_a_test_and_before_its_next_part(page, alice, manager, exam):
    text = ConsentText.objects.write(1, "We keep your answers.", manager)
    test = f"/tests/{exam.pk}/"
    assert "There is something to read and agree to first" in words(page.get(test))
    assert page.post(f"{test}begin/").url == f"/consent/?next=%2Ftests%2F{exam.pk}%2F"
    assert not Attempt.objects.exists()
    assert page.post(f"/consent/?next={test}", {"text": text.pk}).url == test
    page.post(f"{test}begin/")
    address, attempt = sitting_of(alice)
    page.post(f"{address}begin/")
    ConsentText.objects.write(2, "We keep your answers for a year.", manager)
    assert send(page, attempt, attempt.sitting().items()[0], 2).url.startswith(address)  # what one is at goes on
    hand_in(page, attempt, 1)
    assert "There is something to read and agree to first" in words(page.get(address))
    assert page.post(f"{address}begin/").url.startswith("/consent/?next=%2Ftests%2Fattempts%2F")
    assert attempt.sittings.count() == 1


def test_when_one_may_try_again_is_said(page, alice, exam):
    answer_all(begin(alice, exam), 1)
    assert "You can try again from" in words(page.get("/tests/"))
    Attempt.objects.update(finished_at=timezone.now() - timezone.timedelta(hours=25))
    shown = words(page.get(f"/tests/{exam.pk}/"))
    assert "You can try once more." in shown and "Begin the test" in shown


def test_nothing_to_take_is_said(page):
    assert "No test is waiting for you." in words(page.get("/tests/"))
