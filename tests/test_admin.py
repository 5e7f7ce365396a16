"""The admin: for whom it is there, what it shows, and what it never changes."""

import pytest

from tests.people import make_project, manage


@pytest.mark.parametrize("who", ["alice", "manager"])
def test_the_admin_is_for_those_who_manage_a_project(client, request, project, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/admin/projects/role/").status_code in {302, 403}


def test_a_manager_gives_roles_in_their_own_projects_and_no_others(client, manager, alice, bob, project):
    other = make_project("other", cohort="second")
    manage(project, manager)
    theirs = other.roles.create(person=bob, kind="manager")
    client.force_login(manager)
    add, role = "/admin/projects/role/add/", {"kind": "reviewer"}
    assert client.post(add, {"person": alice.pk, "project": project.pk, **role}).status_code == 302
    for person, place in ((bob, project), (alice, other)):
        assert client.post(add, {"person": person.pk, "project": place.pk, **role}).status_code == 200
    assert list(alice.roles.values_list("project", "kind")) == [(project.pk, "reviewer")]
    assert str(other) not in client.get("/admin/projects/role/").content.decode()
    assert client.post(f"/admin/projects/role/{theirs.pk}/delete/", {"post": "yes"}).status_code == 302
    assert bob.roles.count() == 1
    assert client.get("/admin/cohorts/person/").status_code == 403


def test_a_role_is_taken_away(client, manager, alice, project):
    manage(project, manager)
    role = project.roles.create(person=alice, kind="manager")
    client.force_login(manager)
    assert client.post(f"/admin/projects/role/{role.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not alice.roles.exists()


def test_what_has_pages_of_its_own_is_not_in_the_admin(admin_client, project):
    assert admin_client.get("/admin/projects/role/").status_code == 200
    for name in ("project", "round", "guidelineversion", "promptset", "enrolment", "modelversion"):
        assert admin_client.get(f"/admin/projects/{name}/").status_code == 404


@pytest.mark.parametrize("rows", ["comparisons/judgement", "dialogues/completion"])
def test_what_annotators_and_models_said_is_read_in_the_admin_and_never_written(client, manager, project, rows):
    project.roles.create(person=manager, kind="manager")
    client.force_login(manager)
    assert client.get(f"/admin/{rows}/").status_code == 200
    assert client.post(f"/admin/{rows}/add/", {}).status_code == 403
