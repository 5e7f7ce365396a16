"""Managers' pages about exams: write, publish, open to cohorts, grade, and see how it went."""

from statistics import correlation

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labeling.cohorts.models import Cohort
from labeling.exams import results
from labeling.exams.models import Answer, Exam, Grade
from labeling.exams.standing import begin
from tests.exams.papers import CHOICE, PAIR, TEXT, answer_all, make_exam
from tests.exams.test_files import SMALL
from tests.people import join, make_project, manage
from tests.projects.pages import words


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return client


def test_an_exam_is_made_of_a_template_published_and_taken(page, client, alice):
    assert "?template=language" in words(page.get("/exams/"))
    form = page.get("/exams/new/text/?template=ranking").context["form"]
    made = page.post("/exams/new/text/", {"text": form.initial["text"]})
    exam = Exam.objects.get()
    assert made.url == f"/exams/{exam.pk}/"
    assert "What is photosynthesis?" in words(page.get(made.url))
    page.post(reverse("exam_publish", args=[exam.pk]))
    page.post(made.url, {"cohorts": [Cohort.objects.get(name="first").pk]})
    client.force_login(alice)
    assert "Grading and ranking" in words(client.get("/tests/"))


def test_what_is_wrong_with_a_text_comes_back_with_it(page):
    refused = page.post("/exams/new/text/", {"text": SMALL.replace("right = [1]", "right = [7]")})
    assert refused.status_code == 422
    assert "Part 1: item 1:" in words(refused) and "right = [7]" in refused.content.decode()
    assert not Exam.objects.exists()


def test_a_draft_is_changed_and_discarded(page):
    page.post("/exams/new/text/", {"text": SMALL})
    exam = Exam.objects.get()
    page.post(reverse("exam_edit", args=[exam.pk]), {"text": SMALL.replace("Which?", "Which one?")})
    assert "Which one?" in words(page.get(f"/exams/{exam.pk}/"))
    page.post(reverse("exam_discard", args=[exam.pk]))
    assert not Exam.objects.exists()


def test_a_published_exam_is_neither_changed_nor_discarded_but_gets_a_new_version(page):
    page.post("/exams/new/text/", {"text": SMALL})
    exam = Exam.objects.get()
    page.post(reverse("exam_publish", args=[exam.pk]))
    assert page.post(reverse("exam_edit", args=[exam.pk]), {"text": SMALL}).url == f"/exams/{exam.pk}/"
    page.post(reverse("exam_discard", args=[exam.pk]))
    form = page.get(f"/exams/new/text/?from={exam.pk}").context["form"]
    page.post("/exams/new/text/", {"text": form.initial["text"]})
    assert [(one.version, one.state) for one in Exam.objects.order_by("version")] == [(1, "published"), (2, "draft")]


def test_a_retired_exam_is_offered_to_nobody(page, alice):
    exam = make_exam()
    page.post(reverse("exam_retire", args=[exam.pk]))
    assert not Exam.objects.open_to(alice).exists()


def test_a_manager_opens_it_only_to_cohorts_they_may_see(client, alice, bob):
    own = join("managers", "own@example.org")
    manage(make_project(), own)
    exam = make_exam(cohort="second")
    first, second = (Cohort.objects.get(name=name) for name in ("first", "second"))
    client.force_login(own)
    assert client.post(f"/exams/{exam.pk}/", {"cohorts": [second.pk]}).status_code == 422
    client.post(f"/exams/{exam.pk}/", {"cohorts": [first.pk]})
    assert set(exam.cohorts.all()) == {first, second}


@pytest.fixture
def handed_in(alice) -> Answer:
    attempt = begin(alice, make_exam(parts=[{"items": [TEXT], "rule": "mean", "threshold": 4}]))
    answer_all(attempt, "Bread <b>rises</b>.")
    return attempt.answers.get()


def test_a_text_is_graded_without_knowing_whose_it_is(page, alice, handed_in):
    assert "One text waits for a grade." in words(page.get("/exams/"))
    shown = words(page.get("/exams/grading/"))
    assert "Bread &lt;b&gt;rises&lt;/b&gt;." in shown and "5: clear and complete." in shown
    for name in (alice.name, alice.email, alice.pseudonym):
        assert name not in shown
    address = reverse("grade", args=[handed_in.pk])
    assert page.post(address, {"remark": "Fine."}).status_code == 422
    page.post(address, {"score": "5", "remark": "Fine."})
    assert Grade.objects.get().score == 5
    assert "No text waits for a grade." in words(page.get("/exams/grading/"))
    again = words(page.post(address, {"score": "1"}, follow=True))
    assert "others gave theirs" in again and Grade.objects.get().score == 5


def test_the_first_page_says_that_a_text_waits(page, manager, handed_in):
    manage(make_project(), manager)
    assert "One text of a candidate waits for a grade." in words(page.get("/"))
    handed_in.grade_with(manager, 5, "")
    assert "waits for a grade" not in words(page.get("/"))


def test_a_reviewer_grades_and_finds_no_way_to_what_managers_see(client, alice, handed_in):
    reviewer, project = join("reviewers", "rita@example.org"), make_project()
    project.roles.create(person=reviewer, kind="reviewer")
    project.requirements.create(axis="helpfulness", qualification=handed_in.attempt.exam.qualification)
    client.force_login(reviewer)
    home = words(client.get("/"))
    assert "One text of a candidate waits for a grade." in home and "Manage projects" not in home
    shown = words(client.get("/exams/grading/"))
    assert "5: clear and complete." in shown and alice.pseudonym not in shown
    assert 'href="/exams/"' not in shown and 'href="/people/"' not in shown
    client.post(reverse("grade", args=[handed_in.pk]), {"score": "4"})
    handed_in.attempt.refresh_from_db()
    assert handed_in.attempt.state == "passed"
    client.force_login(alice)
    assert client.get("/exams/grading/").status_code == 404


@pytest.mark.parametrize("kind", ["reviewer", "manager"])
def test_texts_are_graded_by_whose_project_they_concern_and_by_nobody_elses(client, bob, handed_in, kind):
    """The exam is open to the first cohort, which works in one project; another cohort works in the other."""
    here, elsewhere = make_project("here"), make_project("elsewhere", cohort="second")
    exam = handed_in.attempt.exam
    exam.cohorts.clear()
    client.force_login(bob)
    role = elsewhere.roles.create(person=bob, kind=kind)
    address = reverse("grade", args=[handed_in.pk])

    def offered() -> bool:
        shown = words(client.get("/exams/grading/"))
        waits = "One text waits" in shown
        assert waits is ("Bread" in shown) is ("waits for a grade." in words(client.get("/")))
        return waits

    def graded() -> bool:
        return client.post(address, {"score": "4"}).status_code == 302

    assert not offered() and not graded()
    asked = here.requirements.create(axis="helpfulness", qualification=exam.qualification)
    assert not offered() and not graded()
    asked.project = elsewhere
    asked.save()
    assert offered()
    asked.delete()
    exam.cohorts.add(Cohort.objects.get(name="first"))
    assert not offered() and not graded()
    exam.cohorts.add(Cohort.objects.get(name="second"))
    assert offered()
    role.delete()
    assert client.get("/exams/grading/").status_code == 404 and not graded()
    elsewhere.roles.create(person=bob, kind=kind)
    assert graded()


def test_ones_own_text_is_not_there_to_be_graded(client, alice, handed_in):
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    assert "No text waits for a grade." in words(client.get("/exams/grading/"))
    assert client.post(reverse("grade", args=[handed_in.pk]), {"score": "5"}).status_code == 404


def test_a_list_of_grades_outside_one_to_five_is_refused(page, handed_in):
    for score in ("0", "6", "x", ""):
        assert page.post(reverse("grade", args=[handed_in.pk]), {"score": score}).status_code == 422
    assert not Grade.objects.exists()


ANSWERS = [(2, 1, 2), (2, 2, 2), (2, 8, 1), (1, 1, 3), (1, 8, 2), (3, 7, 2), (2, 1, 2), (1, 5, 1)]
RIGHT = [(1, 1, 1), (1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1), (1, 1, 1), (0, 0, 0)]


@pytest.fixture
def taken(db) -> Exam:
    exam = make_exam(parts=[{"items": [CHOICE, PAIR, {**CHOICE, "question": "Another?"}], "threshold": 60}])
    for number, said in enumerate(ANSWERS):
        answer_all(begin(join("first", f"person{number}@example.org"), exam), *said)
    return exam


def test_an_items_share_right_and_its_correlation_with_the_rest_are_as_computed_by_hand(taken):
    found = results.statistics(taken)
    for place, one in enumerate(found):
        own = [right[place] for right in RIGHT]
        rest = [sum(right) - right[place] for right in RIGHT]
        assert one.seen == len(RIGHT)
        assert one.easiness == pytest.approx(sum(own) / len(own))
        assert one.discrimination == pytest.approx(correlation(own, rest))


def test_the_correlation_is_the_point_biserial_one_of_the_books(taken):
    one = results.statistics(taken)[0]
    rest = [sum(right[1:]) for right in RIGHT]
    mean = {value: [r for r, right in zip(rest, RIGHT, strict=True) if right[0] == value] for value in (0, 1)}
    m1, m0 = (sum(mean[value]) / len(mean[value]) for value in (1, 0))
    middle = sum(rest) / len(rest)
    deviation = (sum((r - middle) ** 2 for r in rest) / len(rest)) ** 0.5
    p = len(mean[1]) / len(rest)
    assert one.discrimination == pytest.approx((m1 - m0) / deviation * (p * (1 - p)) ** 0.5)


def test_an_item_that_everybody_has_right_separates_nobody(db):
    exam = make_exam(parts=[{"items": [CHOICE, CHOICE]}])
    for number, said in enumerate([(2, 2), (2, 1)]):
        answer_all(begin(join("first", f"person{number}@example.org"), exam), *said)
    assert [one.discrimination for one in results.statistics(exam)] == [None, None]
    assert [one.easiness for one in results.statistics(exam)] == [1, 0.5]


def test_texts_count_by_their_grade_and_only_those_that_were_chosen(alice, manager):
    exam = make_exam(parts=[{"items": [TEXT] * 3, "rule": "mean", "threshold": 4, "at_least": 2}])
    answer_all(begin(alice, exam), "One.", "Two.")
    for answer, score in zip(Answer.objects.order_by("item__number"), (5, 4), strict=True):
        answer.grade_with(manager, score, "")
    assert [(one.seen, one.easiness) for one in results.statistics(exam)] == [(1, 1.0), (1, 0.8), (0, None)]


def test_the_results_show_pseudonyms_and_every_item(page, taken):
    shown = words(page.get(reverse("exam_results", args=[taken.pk])))
    person = taken.taken.first().person
    assert person.pseudonym in shown and person.name not in shown and person.email not in shown
    assert "1.3 Another?" in shown and "50 %" in shown


def test_attempts_are_searched_and_sorted_a_page_at_a_time(page, taken, monkeypatch):
    monkeypatch.setattr("labeling.tables.listing.SIZE", 2)
    address = reverse("exam_results", args=[taken.pk])
    own = [str(row.pk) for row in taken.taken.order_by("person__pseudonym", "pk")]

    def shown(query: str = "") -> list[str]:
        found = page.get(f"{address}?sort=pseudonym{query}").context["listing"].table.rows
        return [str(row.record.pk) for row in found]

    assert shown() == own[:2] and shown(f"&after={own[1]}") == own[2:4]
    assert shown("&state=open") == [] and shown("&after=nothing") == own[:2]
    one = taken.taken.first().person.pseudonym
    assert set(shown(f"&q={one}")) == {str(row.pk) for row in taken.taken.filter(person__pseudonym=one)}
    file = b"".join(page.get(f"{address}?as=csv").streaming_content).decode()
    assert all(row.person.pseudonym in file for row in taken.taken.all()) and "not passed" in file


def test_the_results_take_as_many_statements_for_many_people(page, taken):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            page.get(reverse("exam_results", args=[taken.pk]))
        return len(queries)

    statements()  # a session knows nobody before
    before = statements()
    for number in range(10):
        answer_all(begin(join("first", f"more{number}@example.org"), taken), 2, 1, 2)
    assert statements() == before


def test_before_anybody_took_it_the_results_say_so(page):
    assert "Nobody has taken it yet." in words(page.get(reverse("exam_results", args=[make_exam().pk])))
