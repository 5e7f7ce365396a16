"""A model version that never passed its check is removed, and its name is free."""

import pytest
from django.db import transaction
from django.test import Client

from labeling.cohorts.models import Person
from labeling.dialogues import generation, trials
from labeling.dialogues.models import Trial
from labeling.projects.models import ModelVersion, PairPolicyEntry, Round
from tests.comparisons.test_races import beside, waiting
from tests.people import make_project, manage
from tests.processes import wait_until
from tests.projects.pages import words
from tests.projects.rounds import draft_of, save, version


@pytest.fixture(autouse=True)
def nobody_works(monkeypatch) -> None:
    """No worker is asked for anything."""
    monkeypatch.setattr(generation, "send", lambda pk: None)


@pytest.fixture
def maria(db) -> Person:
    return Person.objects.create_user("maria@example.org", is_staff=True)


@pytest.fixture
def client(maria) -> Client:
    client = Client()
    client.force_login(maria)
    return client


@pytest.fixture
def fresh(maria) -> ModelVersion:
    """Being checked."""
    return ModelVersion.objects.register(maria, name="mistyped", source="nowehre")


@pytest.fixture
def refused(fresh) -> ModelVersion:
    fresh.trials.get().fail(1, "There is no folder 'nowehre'.")
    fresh.refresh_from_db()
    return fresh


def remove(client, version: ModelVersion):
    return client.post(f"/models/{version.pk}/remove/", follow=True)


def test_a_refused_version_leaves_the_lists_and_frees_its_name(client, refused):
    assert f"/models/{refused.pk}/remove/" in words(client.get(f"/models/{refused.pk}/"))
    page = words(remove(client, refused))
    assert "“mistyped” is removed, and its name is free." in page and "nowehre" not in page
    assert not Trial.objects.exists()
    assert client.post("/models/new/?kind=folder", {"name": "mistyped", "path": "nowhere"}).status_code == 302


def test_a_check_that_is_under_way_stops_with_its_version(
    client, fresh, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(generation, "announce", lambda trial, attempt, kind: told.append(kind))
    with django_capture_on_commit_callbacks(execute=True):
        remove(client, fresh)
    assert told == ["cancelled"]
    assert not ModelVersion.objects.exists()


def test_a_version_that_passed_its_check_stays(client, fresh):
    fresh.passed("")
    assert "/remove/" not in words(client.get(f"/models/{fresh.pk}/"))
    assert "“mistyped” stays" in words(remove(client, fresh))
    assert ModelVersion.objects.get().trials.get().state != "cancelled"


def test_a_version_in_a_draft_stays_and_the_page_says_where(client, maria, refused):
    project = make_project()
    manage(project, maria)
    draft_of(project, refused)
    page = words(client.get(f"/models/{refused.pk}/"))
    assert "It stands in the draft of a round" in page and "/remove/" not in page and "Both, round 2" in page
    assert "“mistyped” stays" in words(remove(client, refused))
    assert refused.trials.exists()


@pytest.mark.django_db(transaction=True)
def test_a_draft_saved_with_a_version_that_is_being_removed_says_which_row_lacks_one(client, maria, refused):
    project = make_project()
    manage(project, maria)
    draft = draft_of(project)
    pages = []
    with transaction.atomic():
        trials.remove(refused)
        saving, raised = beside(lambda: pages.append(save(client, draft, {"model_version": refused.pk}, target=7)))
        wait_until(lambda: waiting() == 1)
    saving.join()
    assert raised == []
    assert pages[0].status_code == 422
    assert "This model version is not there any more." in words(pages[0]) and 'value="7"' in words(pages[0])
    assert not Round.objects.get(pk=draft.pk).policy.exists()


@pytest.mark.django_db(transaction=True)
def test_a_version_stays_if_a_draft_with_it_is_saved_in_this_moment(maria, refused):
    draft, stays = draft_of(make_project()), []
    with transaction.atomic():
        draft.revise([PairPolicyEntry(model_version=refused)])
        with transaction.atomic():
            ModelVersion.objects.filter(pk=refused.pk).select_for_update().get()
        removing, raised = beside(lambda: stays.append(not trials.remove(refused)))
        wait_until(lambda: waiting() == 1)
    removing.join()
    assert (raised, stays) == ([], [True])
    assert draft.policy.get().model_version == refused


def test_a_draft_says_to_wait_while_a_version_is_being_checked(maria, fresh):
    draft = draft_of(make_project(), fresh, version("other"))
    assert "Wait until the check of the model version “mistyped” is over." in map(str, draft.missing())


def test_a_check_that_ends_while_the_page_is_put_together_was_under_way(fresh):
    read = ModelVersion.objects.get()
    fresh.trials.get().store(1, text="Hello.")
    assert ModelVersion.being_checked([read]) == {read.pk}
