"""Work is for those who have passed what a project asks for, by axis and by guideline version."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labeling.comparisons import stock
from labeling.comparisons.done import done_rounds
from labeling.comparisons.workbench import Desk
from labeling.dialogues.models import Turn
from labeling.exams.at_work import people_at_work
from labeling.exams.models import Attempt, Exam, Grant, Qualification
from labeling.exams.standing import begin
from labeling.projects.models import Axis, Project, PromptSet, Round
from labeling.projects.setting_up import Done
from tests.exams.papers import TEXT, answer_all, make_exam
from tests.people import join, make_project, manage
from tests.projects.pages import words


@pytest.fixture
def exam(alice):
    return make_exam(cohort="nobody")


def require(project, exam, axis=Axis.SAFETY, **terms):
    return project.requirements.create(axis=axis, qualification=exam.qualification, **terms)


def axes(person, project) -> list[str]:
    return [str(axis) for axis in Desk.of(person, project.pk).axes]


def test_an_axis_is_not_offered_to_who_is_not_qualified_for_it(alice, manager, project, exam):
    require(project, exam)
    assert axes(alice, project) == ["helpfulness"]
    answer_all(begin(alice, exam), 2)
    assert axes(alice, project) == ["helpfulness", "safety"]
    Grant.objects.take_back(manager, "For a test.")
    assert axes(alice, project) == ["helpfulness"]


def test_asking_for_more_takes_no_further_statement(alice, project, exam):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert Desk.at(alice, project.slug).project == project
        return len(queries)

    before = statements()
    require(project, exam)
    assert statements() == before == 1


def test_without_any_of_its_axes_nobody_gets_work_and_the_page_says_why(client, alice, project, exam):
    for axis in project.axes:
        require(project, exam, axis)
    client.force_login(alice)
    shown = words(client.get(reverse("workbench", args=[project.slug])))
    assert "There is a test to pass first" in shown and 'href="/tests/"' in shown
    sent = {"text": "Why?", "dialogue": "0b0e7a5e-7d0a-4a55-8f2f-0d6f3a3b1c11", "number": 1}
    assert client.post(reverse("ask", args=[project.slug]), sent).status_code == 409
    client.post(reverse("take", args=[project.slug]))
    assert not Turn.objects.exists()


def test_what_is_asked_of_one_project_is_asked_of_no_other(alice, bob, project, exam):
    require(project, exam)
    assert axes(bob, make_project("elsewhere", cohort="second")) == ["helpfulness", "safety"]


def test_the_first_page_says_which_test_to_take(client, alice, project, exam):
    require(project, exam)
    client.force_login(alice)
    shown = words(client.get("/"))
    assert "Pass the test “Language” first." in shown and f'href="/tests/{exam.pk}/">Go to the test' in shown
    assert exam.name in words(client.get("/tests/"))
    answer_all(begin(alice, exam), 2)
    assert "Pass the test" not in words(client.get("/"))


def test_the_first_page_leads_back_into_a_test(client, alice, project, exam):
    require(project, exam)
    attempt = begin(alice, exam)
    client.force_login(alice)
    shown = words(client.get("/"))
    assert "You are in the middle of the test “Language”." in shown
    assert f'href="/tests/attempts/{attempt.pk}/">Go on with the test' in shown


def test_a_project_says_how_many_of_its_people_have_what_it_asks_for(client, alice, manager, project, exam):
    manage(project, manager)
    join("first", "carol@example.org")
    client.force_login(manager)
    exam.cohorts.clear()
    published = words(client.get(f"/exams/{exam.pk}/"))
    assert "Next:" in published and f"/projects/both/qualifications/?qualification={exam.qualification_id}" in published
    require(project, exam)
    assert "Asked for in" in words(client.get(f"/exams/{exam.pk}/"))
    address = reverse("requirements", args=[project.slug])
    assert "0 of 2" in words(client.get(address))
    answer_all(begin(alice, exam), 2)
    assert "1 of 2" in words(client.get(address))


def test_the_first_page_says_that_a_test_is_being_graded(client, alice, project):
    exam = make_exam(parts=[{"items": [TEXT], "rule": "mean", "threshold": 4}])
    require(project, exam)
    answer_all(begin(alice, exam), "Words.")
    client.force_login(alice)
    assert "Your test “Language” is being graded." in words(client.get("/"))


def test_the_first_page_says_where_no_test_leads_there(client, alice, project):
    lonely = Qualification.objects.create(name="Lonely")
    project.requirements.create(axis=Axis.SAFETY, qualification=lonely)
    client.force_login(alice)
    assert "no test is open for" in words(client.get("/"))


def test_of_a_row_of_tests_the_first_one_is_named(client, alice, project, exam):
    second = make_exam("A later one", after=exam.qualification, cohort="nobody")
    require(project, exam)
    require(project, second)
    client.force_login(alice)
    assert "Pass the test “Language” first." in words(client.get("/"))
    answer_all(begin(alice, exam), 2)
    assert "Pass the test “A later one” first." in words(client.get("/"))


@pytest.fixture
def retest(alice, project, exam):
    """What is asked for from the second guideline version on; whoever passed the first test takes it."""
    answer_all(begin(alice, exam), 2)
    later = Qualification.objects.create(name="Language", version=2)
    retest = make_exam("Language, what is new", qualification=later, after=exam.qualification, cohort="nobody")
    guideline = project.guidelines.create(axis=Axis.SAFETY, number=2, text="*New*.")
    require(project, exam)
    require(project, retest, since=guideline)
    return retest


def test_a_new_guideline_version_asks_for_a_retest_once_a_round_goes_by_it(alice, project, retest):
    assert axes(alice, project) == ["helpfulness", "safety"]
    first = project.rounds.get()
    first.review()
    first.close()
    second = Round.objects.draft(project)
    second.policy.create(model_version=first.policy.first().model_version)
    second.policy.create(model_version=first.policy.last().model_version)
    second.open()
    assert axes(alice, project) == ["helpfulness"]
    answer_all(begin(alice, retest), 2)
    assert axes(alice, project) == ["helpfulness", "safety"]


def test_a_manager_asks_for_a_qualification_from_the_projects_page(client, alice, project, exam):
    manager = join("managers", "own@example.org")
    manage(project, manager)
    client.force_login(manager)
    address = reverse("requirements", args=[project.slug])
    assert "Nothing is asked for" in words(client.get(address))
    sent = {"axis": "safety", "qualification": exam.qualification.pk}
    assert client.post(address, sent).status_code == 302
    assert axes(alice, project) == ["helpfulness"]
    again = client.post(address, sent)
    assert again.status_code == 422 and "asked for already" in words(again)
    client.post(reverse("requirement_end", args=[project.slug, project.requirements.get().pk]))
    assert axes(alice, project) == ["helpfulness", "safety"]


def test_whoever_works_there_may_be_given_it_at_once(client, alice, bob, manager, project, exam):
    manage(project, manager)
    client.force_login(manager)
    sent = {"axis": "safety", "qualification": exam.qualification.pk, "counts_in": "on"}
    shown = client.post(reverse("requirements", args=[project.slug]), sent, follow=True)
    assert "One person was given it." in words(shown)
    assert axes(alice, project) == ["helpfulness", "safety"]
    assert [(grant.person, grant.given_by) for grant in Grant.objects.all()] == [(alice, manager)]


def test_another_projects_guideline_is_refused(client, project, exam, manager):
    manage(project, manager)
    other = make_project("elsewhere").guidelines.first()
    wrong_axis = project.guidelines.get(axis="helpfulness")
    client.force_login(manager)
    for since in (other, wrong_axis):
        sent = {"axis": "safety", "qualification": exam.qualification.pk, "since": since.pk}
        assert client.post(reverse("requirements", args=[project.slug]), sent).status_code == 422
    assert not project.requirements.exists()


def test_stock_and_the_end_of_a_round_go_by_those_who_may_work(alice, exam):
    """Carol has yet to pass: no pair is kept ready for her, and a round does not wait for her prompts."""
    join("first", "carol@example.org")
    project = make_project("set-only", (Axis.SAFETY,), stock_low=2, stock_high=5)
    prompts = PromptSet.objects.create(name="One")
    prompt = prompts.prompts.create(text="Why?", category="borderline")
    project.rounds.update(prompt_set=prompts)
    Project.objects.update(allows_own_prompts=False)
    require(project, exam)
    round_ = Round.objects.get()
    assert not people_at_work(round_).exists()
    stock.refill()
    assert not stock.waiting(round_).exists()
    answer_all(begin(alice, exam), 2)
    assert list(people_at_work(round_)) == [alice]
    for _ in range(2):
        stock.refill()
        assert stock.waiting(round_).count() == 1
    assert done_rounds([round_]) == {}
    stock.waiting(round_).update(author=alice, ended_at=timezone.now())
    assert prompt.turns.count() == 1
    assert done_rounds([round_]) == {round_.pk: Done.PROMPTS}


def test_a_draft_says_that_nobody_has_passed_yet(client, alice, manager, project, exam):
    manage(project, manager)
    require(project, exam)
    round_ = project.rounds.get()
    assert [one.text for one in round_.advice()] == [
        "Nobody has passed what safety asks for yet: they get work when they have."
    ]
    client.force_login(manager)
    assert "Nobody has passed what safety asks for yet" in words(client.get(f"/projects/{project.slug}/rounds/1/"))
    answer_all(begin(alice, exam), 2)
    assert round_.advice() == []


def test_an_exam_opens_to_people_whose_project_asks_for_it(alice, bob, project, exam):
    require(project, exam)
    assert list(Exam.objects.open_to(alice)) == [exam]
    assert not Exam.objects.open_to(bob).exists()
    assert not Attempt.objects.exists()
