"""Two managers at one draft, on real transactions."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from labeling.cohorts.models import Person
from labeling.projects.models import ChangedMeanwhile, PairPolicyEntry, Project, Round, RoundGuideline, RoundNotReady
from tests.comparisons.test_races import beside, waiting
from tests.people import make_project, manage
from tests.processes import wait_until
from tests.projects.rounds import draft_of, version


@pytest.fixture
def draft(transactional_db) -> Round:
    """Round 2, with nothing missing."""
    project = make_project()
    project.rounds.get().review()
    return draft_of(project, version("one"), version("other"))


def again(draft: Round) -> Round:
    return Round.objects.get(pk=draft.pk)


def test_of_two_managers_who_open_at_once_one_does(draft):
    threads = [beside(again(draft).open) for _ in range(6)]
    for thread, _ in threads:
        thread.join()
    raised = [error for _, errors in threads for error in errors]
    assert [type(error) for error in raised] == [RoundNotReady] * 5
    assert {str(error) for error in raised} == {"The round is open, not a draft."}
    assert RoundGuideline.objects.filter(round=draft).count() == 2


def test_of_two_drafts_that_are_opened_at_once_one_is(draft):
    other = draft_of(draft.project, *(entry.model_version for entry in draft.policy.select_related("model_version")))
    threads = [beside(again(one).open) for one in (draft, other)]
    for thread, _ in threads:
        thread.join()
    assert [str(error) for _, errors in threads for error in errors] == [
        "Put the round that is open into review first."
    ]
    assert Round.objects.filter(state="open").count() == 1


def test_a_policy_saved_while_the_round_opens_comes_too_late(draft):
    entry = PairPolicyEntry(model_version=version("late"))
    with transaction.atomic():
        again(draft).open()
        late, raised = beside(lambda: again(draft).revise([entry]))
        wait_until(lambda: waiting() == 1)
    late.join()
    assert [str(error) for error in raised] == ["The round is open, not a draft."]
    assert draft.policy.count() == 2


def test_a_round_does_not_open_with_a_policy_that_is_being_saved(draft):
    seen = draft.terms()
    with transaction.atomic():
        again(draft).revise([PairPolicyEntry(model_version=version("late")), *draft.policy.all()])
        opening, raised = beside(lambda: again(draft).open(seen))
        wait_until(lambda: waiting() == 1)
    opening.join()
    assert [type(error) for error in raised] == [ChangedMeanwhile]
    assert again(draft).state == "draft"
    again(draft).open(again(draft).terms())


def test_a_row_that_slips_past_the_rule_waits_for_the_opening_and_is_refused(draft):
    with transaction.atomic():
        again(draft).open()
        late, raised = beside(lambda: draft.policy.update(weight=9))
        wait_until(lambda: waiting() == 1)
    late.join()
    assert [type(error) for error in raised] == [IntegrityError]
    assert set(draft.policy.values_list("weight", flat=True)) == {1.0}


def test_drafts_made_at_once_have_different_numbers(draft):
    project = Project.objects.get()
    threads = [beside(lambda: Round.objects.draft(project, like=again(draft))) for _ in range(6)]
    for thread, _ in threads:
        thread.join()
    assert [errors for _, errors in threads] == [[]] * 6
    assert sorted(project.rounds.values_list("number", flat=True)) == list(range(1, 9))
    assert project.rounds.get(number=8).policy.count() == 2


def test_who_opens_and_who_holds_a_round_never_wait_for_each_other(draft):
    with transaction.atomic():
        Project.objects.select_for_update().get()  # both come to it, one after the other
        opening, failed = beside(again(draft).open)
        wait_until(lambda: waiting() == 1)
        holding, stuck = beside(transaction.atomic(again(draft).hold_open))
        wait_until(lambda: waiting() == 2)
    opening.join()
    holding.join()
    assert (failed, stuck) == ([], [])
    assert again(draft).state == "open"


def test_who_reads_the_settings_of_a_project_waits_for_nobody(draft):
    maria = Person.objects.create_user("maria@example.org")
    manage(draft.project, maria)
    client, read = Client(), []
    client.force_login(maria)
    with transaction.atomic():
        assert draft.project.rounds.get(number=1).hold_open() is False  # in review; held all the same
        reading, _ = beside(lambda: read.append(client.get(f"/projects/{draft.project.slug}/settings/").status_code))
        wait_until(lambda: read or waiting())
        assert read == [200]
    reading.join()
