"""Taking back what one agreed to: no more work, and what was judged is in no data set any more."""

import pytest
from django.core.management import call_command
from django.test import Client

from labeling.cohorts.models import Cohort, ConsentText, Withdrawal
from labeling.comparisons.models import Assignment
from labeling.datasets.models import Snapshot
from tests.comparisons.pages import judge
from tests.people import answer, ask
from tests.projects.invited import invite, people
from tests.projects.pages import words


@pytest.fixture
def annotator(alice, managed) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def judged(annotator: Client, person, project) -> Assignment:
    """One pair on both axes; the last of them."""
    turn = ask(person, project)
    answer(turn)
    for assignment in Assignment.objects.filter(comparison__turn=turn):
        assert judge(annotator, assignment).status_code == 200
    return assignment


def withdraw(annotator: Client):
    return annotator.post("/consent/withdraw/", follow=True)


def exported(project, folder) -> tuple[int, int]:
    """Of helpfulness: rows, and how many judgements are left out as withdrawn."""
    call_command("snapshot", project=project.slug, out=folder)
    counts = Snapshot.objects.latest("number").counts["helpfulness"]
    return counts["train"]["preferences"], counts["excluded"]["withdrawn"]


def test_the_profile_says_what_follows_before_it_does(annotator):
    page = words(annotator.get("/profile/"))
    assert "Withdraw now" in page and "You get no more work, in any project" in page
    assert not Withdrawal.objects.exists()


def test_it_ends_work_and_memberships_and_lets_one_sign_in(annotator, alice, managed):
    begun = ask(alice, managed)
    page = withdraw(annotator)
    assert "You have withdrawn." in words(page) and "You withdrew on" in words(page)
    assert people(Cohort.objects.get(name="first")) == set()
    begun.dialogue.refresh_from_db()
    assert begun.dialogue.ended_at
    assert annotator.get("/projects/both/work/").status_code == 404
    assert "You have withdrawn" in words(annotator.get("/"))
    withdraw(annotator)
    assert Withdrawal.objects.count() == 1


def test_what_was_judged_is_kept_and_later_data_sets_leave_it_out(annotator, alice, managed, tmp_path):
    assignment = judged(annotator, alice, managed)
    assert exported(managed, tmp_path / "before") == (1, 0)
    withdraw(annotator)
    assert exported(managed, tmp_path / "after") == (0, 1)
    assert assignment.revisions.count() == 1
    assert not any(file.read_text() for file in (tmp_path / "after").rglob("*.jsonl"))


def test_a_judgement_that_was_on_its_way_is_left_out_as_well(annotator, alice, managed, tmp_path):
    turn = ask(alice, managed)
    answer(turn)
    withdraw(annotator)
    judge(annotator, Assignment.objects.get(comparison__turn=turn, axis="helpfulness"))
    assert exported(managed, tmp_path / "after")[0] == 0


def test_others_stay_in_the_data(annotator, alice, managed, bob, tmp_path):
    judged(annotator, alice, managed)
    other = Client()
    other.force_login(bob)
    withdraw(other)
    assert exported(managed, tmp_path / "after") == (1, 0)


@pytest.mark.parametrize("with_text", [True, False])
def test_one_comes_back_by_a_new_invitation_and_agreeing_and_only_what_follows_counts(
    annotator, alice, managed, maria, tmp_path, with_text
):
    judged(annotator, alice, managed)
    withdraw(annotator)
    text = ConsentText.objects.write(1, "We keep your answers.", maria) if with_text else None
    assert annotator.post(invite(Cohort.objects.get(name="first"), maria)).status_code == 302
    assert annotator.get("/projects/both/work/").context["step"].title == "Before you go on"
    assert "You withdrew on" in words(annotator.get("/consent/"))
    assert annotator.post("/consent/", {"text": text.pk if text else ""}).url == "/"
    assert annotator.get("/projects/both/work/").context["step"].kind == "prompt"
    judged(annotator, alice, managed)
    assert exported(managed, tmp_path / "after") == (1, 1)


def test_being_added_by_somebody_else_does_not_bring_one_back(annotator, alice, managed):
    withdraw(annotator)
    Cohort.objects.get(name="first").take_in([(alice.email, "")])
    assert annotator.get("/projects/both/work/").context["step"].title == "Before you go on"


def test_the_consent_that_was_given_is_kept_with_when_it_ended(annotator, alice, maria):
    text = ConsentText.objects.write(1, "We keep your answers.", maria)
    annotator.post("/consent/", {"text": text.pk})
    withdraw(annotator)
    given = alice.consents.get()
    assert given.text == text and given.ended_at
