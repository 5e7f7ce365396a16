"""Telling a manager that something is wrong with a pair, and hearing back."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from labeling.cohorts.models import Person
from labeling.comparisons import panels
from labeling.comparisons.models import Judgement, Report
from labeling.dialogues.models import Dialogue
from tests.comparisons.pages import judge
from tests.people import join, make_project, manage


def report(client, assignment, **fields):
    data = {"reason": "personal", "key": uuid.uuid4(), **fields}
    return client.post(f"/assignments/{assignment.pk}/reports/", data, headers={"HX-Request": "true"})


def is_closed(panel: str) -> bool:
    return 'data-sent="Your report is sent" hidden>' in panel


def answers(client) -> list[str]:
    """What stands above one's work."""
    return [answer.answer for answer in client.get("/projects/both/work/").context["step"].place.answers]


@pytest.fixture
def managed(project, manager):
    manage(project, manager)
    return project


def test_the_pair_stays_and_the_managers_are_told(client, alice, assignment):
    page = report(client, assignment, comment="A phone number.").content.decode()
    assert is_closed(page) and "A phone number." not in page
    assert 'id="step"' not in page
    told = Report.objects.get()
    assert (told.person, told.assignment, told.kind, told.text) == (alice, assignment, "personal", "A phone number.")
    assert Dialogue.objects.get().ended_at is None and not Judgement.objects.exists()


HERE = "/projects/both/reports/mine/"


def test_what_is_about_no_pair_is_told_away_from_one(client, alice, manager, managed):
    page = client.get(HERE)
    said = {"reason": "guideline", "comment": "May I ask in verse?", "key": page.context["form"]["key"].value()}
    for _ in range(2):
        assert client.post(HERE, said).url == HERE
    told = Report.objects.get()
    assert (told.person, told.project, told.assignment, told.text) == (alice, managed, None, "May I ask in verse?")
    page = client.get(HERE).content.decode()
    assert "Your report is sent." in page and "Not answered yet." in page
    client.force_login(manager)
    assert "about no pair" in client.get("/projects/both/reports/").content.decode()
    one = f"/projects/both/reports/{told.pk}/"
    assert "The pair" not in client.get(one).content.decode()
    client.post(one, {"answer": "You may."})
    client.force_login(alice)
    assert answers(client) == ["You may."]


def test_it_needs_a_reason_and_words_where_the_reason_says_nothing(client, alice, project):
    for said, problem in (({}, "Choose what the problem is."), ({"reason": "other"}, "Say in a few words what it is.")):
        page = client.post(HERE, {"key": uuid.uuid4(), **said})
        assert page.status_code == 422 and problem in page.content.decode()
    assert not Report.objects.exists()


def test_nobody_reports_on_a_project_that_is_not_theirs(client, bob, project):
    client.force_login(bob)
    assert client.post(HERE, {"reason": "upsetting", "key": uuid.uuid4()}).status_code == 404
    assert not Report.objects.exists()


def test_a_reason_that_nobody_offered_is_not_kept_in_memory(client, assignment):
    report(client, assignment, reason="x")
    kept = panels.options.cache_info().currsize
    assert report(client, assignment, reason="y" * 100_000).status_code == 422
    assert panels.options.cache_info().currsize == kept


def test_sent_twice_it_is_one_report(client, assignment):
    key = uuid.uuid4()
    for _ in range(2):
        assert report(client, assignment, key=key).status_code == 200
    assert Report.objects.count() == 1


def test_words_that_were_changed_while_the_first_ones_arrived_unheard_are_not_lost(client, assignment, safety):
    key = uuid.uuid4()
    for comment in ("A number.", "A phone number.", "A phone number.", "A number."):
        assert report(client, assignment, key=key, comment=comment).status_code == 200
    assert report(client, safety, key=key, comment="A number.").status_code == 200
    told = Report.objects.order_by("pk").values_list("text", "assignment")
    assert list(told) == [
        ("A number.", assignment.pk),
        ("A phone number.", assignment.pk),
        ("A number.", safety.pk),
    ]


@pytest.mark.parametrize("reason", ["guideline", "other"])
def test_what_explains_nothing_by_itself_needs_words(client, assignment, reason):
    page = report(client, assignment, reason=reason)
    assert page.status_code == 422
    assert "Say in a few words what it is." in page.content.decode() and not is_closed(page.content.decode())
    with pytest.raises(IntegrityError, match="report_is_explained"), transaction.atomic():
        Report.objects.create(
            project=assignment.comparison.project, assignment=assignment, person=assignment.person, kind=reason
        )


def test_it_can_be_told_of_a_pair_that_is_being_written_and_of_an_answer(client, turn):
    waiting = turn.comparison.assignments.first()
    assert 'id="report-opens"' in client.get("/projects/both/work/").content.decode()
    assert report(client, waiting).status_code == 200


def test_an_answer_stands_above_the_work_of_who_asked_and_of_nobody_else(client, manager, managed, assignment):
    report(client, assignment, reason="guideline", comment="What about poems?")
    told = Report.objects.get()
    told.say(manager, "Judge them as *prose*.", to_everyone=False)
    page = client.get("/projects/both/work/").content.decode()
    assert "Your manager answered your report" in page and "Judge them as *prose*." in page
    client.force_login(join("first", "carol@example.org"))
    assert answers(client) == []


def test_ones_first_page_says_that_an_answer_waits_until_it_is_put_away(client, manager, managed, assignment):
    report(client, assignment)
    told = Report.objects.get()
    assert "Your manager has answered" not in client.get("/").content.decode()
    told.say(manager, "Thank you.", to_everyone=False)
    page = client.get("/").content.decode()
    assert "Your manager has answered" in page and "Thank you." not in page
    client.post(f"/reports/{told.pk}/seen/")
    assert "Your manager has answered" not in client.get("/").content.decode()


def test_it_is_put_away_once_and_comes_back_when_it_changes(client, manager, managed, assignment):
    report(client, assignment)
    told = Report.objects.get()
    told.say(manager, "Thank you.", to_everyone=False)
    for _ in range(2):
        assert client.post(f"/reports/{told.pk}/seen/").content == b""
    assert answers(client) == []
    assert "Thank you." in client.get("/projects/both/reports/mine/").content.decode()
    told.say(manager, "It was mine.", to_everyone=False)
    assert answers(client) == ["It was mine."]


def test_an_answer_to_everybody_reaches_everybody_in_the_project(client, manager, managed, assignment):
    report(client, assignment, comment="Mine alone.")
    Report.objects.get().say(manager, "We took it out.", to_everyone=True)
    carol = join("first", "carol@example.org")
    client.force_login(carol)
    assert answers(client) == ["We took it out."]
    mine = client.get("/projects/both/reports/mine/").content.decode()
    assert "We took it out." in mine and "Mine alone." not in mine
    client.post(f"/reports/{Report.objects.get().pk}/seen/")
    assert answers(client) == []
    client.force_login(assignment.person)
    assert answers(client) == ["We took it out."]


def test_an_old_answer_is_in_the_list_alone(client, manager, managed, assignment):
    report(client, assignment)
    Report.objects.get().say(manager, "Thank you.", to_everyone=True)
    Report.objects.update(answered_at=timezone.now() - timedelta(days=15))
    assert answers(client) == []
    assert "Thank you." in client.get("/projects/both/reports/mine/").content.decode()


def test_nobody_puts_away_what_is_not_said_to_them(client, bob, manager, managed, assignment):
    report(client, assignment)
    told = Report.objects.get()
    assert client.post(f"/reports/{told.pk}/seen/").status_code == 404  # not answered
    told.say(manager, "Thank you.", to_everyone=True)
    make_project("elsewhere", cohort="second")
    client.force_login(bob)
    assert client.post(f"/reports/{told.pk}/seen/").status_code == 404


def test_the_manager_reads_it_with_the_pair_and_answers_in_place(client, manager, managed, assignment):
    report(client, assignment, comment="<b>A name.</b>")
    told = Report.objects.get()
    client.force_login(manager)
    page = client.get("/projects/both/reports/").content.decode()
    assert "1 report waits for your answer." in page and "&lt;b&gt;A name.&lt;/b&gt;" in page
    one = client.get(f"/projects/both/reports/{told.pk}/").content.decode()
    assert "Why is the sky blue?" in one and "One." in one and "Two." in one and "both-0" not in one
    assert client.post(f"/projects/both/reports/{told.pk}/", {"answer": " "}).status_code == 422
    assert client.post(f"/projects/both/reports/{told.pk}/", {"answer": "Gone."}).url == "/projects/both/reports/"
    told.refresh_from_db()
    assert (told.answer, told.to_everyone, told.answered_by) == ("Gone.", False, manager)
    assert "Every report is answered." in client.get("/projects/both/reports/").content.decode()


def test_the_pair_says_what_was_chosen_once_it_is_judged(client, manager, managed, assignment):
    report(client, assignment)
    judge(client, assignment)
    client.force_login(manager)
    page = client.get(f"/projects/both/reports/{Report.objects.get().pk}/").content.decode()
    assert page.count("judged-chosen") == 1


def test_a_report_of_another_project_is_not_there(client, manager, managed, assignment):
    report(client, assignment)
    manage(make_project("elsewhere", cohort="second"), manager)
    client.force_login(manager)
    assert client.get(f"/projects/elsewhere/reports/{Report.objects.get().pk}/").status_code == 404


def many(alice, assignment, manager, *, waiting: int, answered: int) -> None:
    for number in range(waiting + answered):
        told = Report.objects.create(
            project=assignment.comparison.project, assignment=assignment, person=alice, kind="other", text=f"n{number}"
        )
        if number % 2 and number // 2 < answered:
            told.say(manager, "Yes.", to_everyone=False)


def test_those_that_wait_come_first_and_pages_follow_each_other_without_a_gap(
    client, alice, manager, managed, assignment
):
    many(alice, assignment, manager, waiting=25, answered=20)
    client.force_login(manager)
    seen, page = [], "/projects/both/reports/"
    while page:
        context = client.get(page).context
        seen += context["reports"]
        page = f"/projects/both/reports/?after={context['more']}" if context["more"] else ""
    assert len(seen) == len({one.pk for one in seen}) == 45
    assert [one.answered_at is not None for one in seen] == [False] * 25 + [True] * 20
    for part in (seen[:25], seen[25:]):
        assert [one.pk for one in part] == sorted((one.pk for one in part), reverse=True)


def test_a_page_of_reports_takes_as_many_queries_for_many_as_for_one(
    client, alice, manager, managed, assignment, django_assert_num_queries
):
    many(alice, assignment, manager, waiting=1, answered=1)
    client.force_login(manager)
    with CaptureQueriesContext(connection) as few:
        client.get("/projects/both/reports/")
    many(alice, assignment, manager, waiting=10, answered=10)
    with django_assert_num_queries(len(few)):
        client.get("/projects/both/reports/")


def test_an_empty_list_says_what_comes_here(client, manager, managed):
    assert "You have reported nothing here." in client.get("/projects/both/reports/mine/").content.decode()
    client.force_login(manager)
    assert "Nobody has reported anything." in client.get("/projects/both/reports/").content.decode()


def test_who_reported_is_nowhere_called_by_name(client, alice, assignment, managed):
    """Of an annotator without a name that would be their address."""
    report(client, assignment)
    client.force_login(join("managers", "mary@example.org"))
    manage(managed, Person.objects.get(email="mary@example.org"))
    one = f"/projects/both/reports/{Report.objects.get().pk}/"
    for name in ("Alice", ""):
        Person.objects.filter(pk=alice.pk).update(name=name)
        asked = client.get("/projects/both/reports/"), client.get(one)
        for page in (*asked, client.post(one, {"answer": "Yes."}, follow=True)):
            said = page.content.decode().lower()
            assert escape(alice.pseudonym).lower() in said and "alice" not in said
