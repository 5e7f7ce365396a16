"""A qualification given to one person, and taken back: with a reason, on the page of what they hold."""

import pytest
from django.db import IntegrityError, transaction

from labeling.audit.models import Event
from labeling.comparisons.workbench import Desk
from labeling.exams.models import Grant, Qualification
from labeling.exams.standing import begin
from labeling.projects.models import Axis
from tests.exams.papers import answer_all, make_exam
from tests.people import join, make_project, manage
from tests.projects.pages import words


@pytest.fixture
def exam(alice, project):
    exam = make_exam(cooling_off_hours=0)
    project.requirements.create(axis=Axis.SAFETY, qualification=exam.qualification)
    return exam


@pytest.fixture
def page(client, project):
    """Of who manages Alice's project, and is not staff."""
    own = join("managers", "own@example.org")
    manage(project, own)
    client.force_login(own)
    return client


def axes(person, project) -> list[str]:
    return [str(axis) for axis in Desk.of(person, project.pk).axes]


def test_one_person_is_given_it_with_a_reason(page, alice, project, exam):
    address = f"/people/{alice.pk}/qualifications/"
    assert "They hold none now." in words(page.get(address))
    refused = page.post(address, {"qualification": exam.qualification.pk})
    assert refused.status_code == 422 and "Say how you know that they can." in words(refused)
    assert axes(alice, project) == ["helpfulness"]
    page.post(address, {"qualification": exam.qualification.pk, "reason": "Passed it with us last year."})
    assert axes(alice, project) == ["helpfulness", "safety"]
    assert "Passed it with us last year." in words(page.get(address))
    assert "Language" in words(page.get(f"/people/{alice.pk}/"))
    assert page.post(address, {"qualification": exam.qualification.pk, "reason": "Twice."}).status_code == 422


def test_it_is_taken_back_at_once_and_the_person_reads_why(page, client, alice, project, exam):
    answer_all(begin(alice, exam), 2)
    assert axes(alice, project) == ["helpfulness", "safety"]
    grant = Grant.objects.get()
    address = f"/people/{alice.pk}/qualifications/{grant.pk}/take-back/"
    refused = page.post(address, {"reason": " "})
    assert refused.status_code == 422 and "Say why, in words for them." in words(refused)
    for _ in range(2):
        page.post(address, {"reason": "Your answers were copied."})
    assert axes(alice, project) == ["helpfulness"]
    assert "Your answers were copied." in words(page.get(f"/people/{alice.pk}/qualifications/"))
    event = Event.objects.filter(kind="exams.grant").latest("pk")
    assert event.after["ended_because"] == "Your answers were copied."
    client.force_login(alice)
    shown = words(client.get(f"/tests/{exam.pk}/"))
    assert "Your qualification was taken back: “Your answers were copied.”" in shown and "Begin the test" in shown
    answer_all(begin(alice, exam), 2)
    assert axes(alice, project) == ["helpfulness", "safety"]
    assert "You have passed." in words(client.get("/tests/"))


def test_nobody_decides_about_themselves(client, project, exam, manager):
    manage(project, manager)
    client.force_login(manager)
    address = f"/people/{manager.pk}/qualifications/"
    assert "Give it" not in words(client.get(address))
    assert client.post(address, {"qualification": exam.qualification.pk, "reason": "I can."}).status_code == 404
    assert not Grant.objects.exists()


def test_a_manager_decides_only_about_people_of_cohorts_that_they_run(page, alice, bob, project, exam, manager):
    make_project("elsewhere")  # Alice's cohort works in somebody else's project too
    Grant.objects.give(exam.qualification, [alice, bob], manager)
    shown = words(page.get(f"/people/{alice.pk}/qualifications/"))
    assert "Language" in shown and "Take it back" not in shown
    for person, found in ((alice, 404), (bob, 404)):
        grant = Grant.objects.get(person=person)
        sent = page.post(f"/people/{person.pk}/qualifications/{grant.pk}/take-back/", {"reason": "No."})
        assert sent.status_code == found
    assert Grant.objects.current().count() == 2


def test_none_ends_without_a_reason(alice, manager, exam):
    Grant.objects.give(exam.qualification, [alice], manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.take_back(manager, "")


def test_only_what_somebody_can_have_is_offered(page, alice, project):
    make_exam("A draft", publish=False)
    shown = words(page.get(f"/projects/{project.slug}/qualifications/"))
    assert "none is published yet" in shown and "A draft" not in shown
    assert Qualification.objects.count() == 1
