"""How pairs are read, and what is said around them: the view that is kept, guidelines that changed, pace, what comes
when there is nothing to do."""

import uuid

import pytest
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment
from labeling.projects.models import Axis, Enrolment, GuidelineVersion, Round
from tests.comparisons.pages import judge, prompt
from tests.people import answer, ask, make_project
from tests.projects.pages import words


def test_how_somebody_reads_is_kept_for_them_alone(client, alice, bob, assignment):
    assert client.post("/view/", {"layout": "stacked", "scrolling": "together"}).status_code == 204
    page = client.get("/projects/both/work/").content.decode()
    assert 'data-layout="stacked" data-scrolling="together"' in page
    bob.refresh_from_db()
    assert (bob.layout, bob.scrolling) == (Person.Layout.BESIDE, Person.Scrolling.PAGE)


@pytest.mark.parametrize("asked", [{}, {"layout": "stacked"}, {"layout": "upside down", "scrolling": "page"}])
def test_a_view_that_there_is_not_is_refused(client, alice, asked):
    assert client.post("/view/", asked).status_code == 400
    alice.refresh_from_db()
    assert alice.layout == Person.Layout.BESIDE


def next_version(project, text: str) -> GuidelineVersion:
    """A round later, with another guideline."""
    project.rounds.get().review()
    version = GuidelineVersion.objects.create(project=project, axis=Axis.HELPFULNESS, number=2, text=text)
    Round.objects.draft(project, like=project.rounds.get()).open()
    return version


def test_a_new_guideline_shows_what_changed_before_it_is_acknowledged(client, alice):
    project = make_project("help", ("helpfulness",))
    version = next_version(project, "Read *all*.")
    step = client.get(f"/projects/{project.slug}/work/").context["step"]
    assert (step.kind, step.before, step.guideline.number) == ("guideline", 1, 2)
    pieces = [(str(piece.kind), piece.text) for part in step.changes for piece in part.pieces]
    assert ("removed", "both") in pieces and ("added", "all") in pieces
    page = words(client.get(f"/projects/{project.slug}/work/"))
    assert "What has changed since version 1, which you have read" in page
    client.post(f"/projects/{project.slug}/acknowledgements/", {"guideline": version.pk})
    assert client.get(f"/projects/{project.slug}/work/").context["step"].kind == "prompt"


def test_who_read_no_guideline_before_is_shown_no_changes(client, alice):
    project = make_project("help", ("helpfulness",))
    alice.acknowledgements.all().delete()
    next_version(project, "Read *all*.")
    step = client.get(f"/projects/{project.slug}/work/").context["step"]
    assert (step.before, step.changes) == (None, [])


def test_a_clarification_that_was_read_is_no_change(client, alice):
    project = make_project("help", ("helpfulness",))
    project.guidelines.get().clarify("Read *all*.", "Plainer.", alice, after=0)
    next_version(project, "Read *all*.\n\nTwice.")
    step = client.get(f"/projects/{project.slug}/work/").context["step"]
    changed = [piece.text.strip() for part in step.changes for piece in part.pieces if piece.kind != "same"]
    assert "".join(changed) == "Twice."


def judged(client, person, project, **fields) -> None:
    turn = ask(person, project)
    answer(turn)
    judge(client, Assignment.objects.get(comparison__turn=turn), **fields)
    turn.dialogue.end()


def test_the_pace_is_that_of_todays_answers_once_there_are_a_few(client, alice):
    project = make_project("help", ("helpfulness",))
    for _ in range(4):
        judged(client, alice, project, active_ms=36_000, elapsed_ms=90_000)
    page = client.get(f"/projects/{project.slug}/work/")
    assert page.context["step"].place.pace is None
    judged(client, alice, project)  # without a time
    assert client.get(f"/projects/{project.slug}/work/").context["step"].place.pace is None
    judged(client, alice, project, active_ms=36_000, elapsed_ms=36_000)
    assert "about 100 an hour" in words(client.get(f"/projects/{project.slug}/work/"))


def test_a_day_that_is_done_says_when_there_is_more(client, alice):
    project = make_project("help", ("helpfulness",))
    Enrolment.objects.update(quota_per_day=1)
    judged(client, alice, project)
    step = client.get(f"/projects/{project.slug}/work/").context["step"]
    assert step.title == "Done for today"
    left = 24 - timezone.localtime().hour
    said = "within the hour" if left == 1 else f"in about {left} hours"
    assert f"There is more from midnight (UTC), {said}." in step.text


def test_between_two_rounds_it_says_that_the_next_one_is_being_prepared(client, alice):
    project = make_project("help", ("helpfulness",))
    project.rounds.get().review()
    url = f"/projects/{project.slug}/work/"
    assert "being prepared" not in client.get(url).context["step"].text
    Round.objects.draft(project)
    assert "Round 2 is being prepared." in client.get(url).context["step"].text


def test_a_conversation_goes_on_turn_by_turn_until_its_author_ends_it(client, alice):
    project = make_project("help", ("helpfulness",), max_turns=3)
    first = client.get(f"/projects/{project.slug}/work/").context["step"]
    prompt(client, project, "One?", dialogue=first.dialogue)
    for number in (1, 2):
        assignment = Assignment.objects.get(comparison__turn__number=number)
        answer(assignment.comparison.turn)
        judge(client, assignment, choice=-2)
        step = client.get(f"/projects/{project.slug}/work/").context["step"]
        assert (step.number, step.goes_on_from, len(step.context)) == (number + 1, "A", 2 * number)
        if number == 1:
            prompt(client, project, "Two?", dialogue=step.dialogue, number=2, key=uuid.uuid4())
    client.post(step.end_url)
    assert client.get(f"/projects/{project.slug}/work/").context["step"].number == 1
