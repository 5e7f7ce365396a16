"""Nobody reaches what is not theirs: every URL of the project, for a stranger and for another cohort's annotator."""

import uuid

import pytest
from django.urls import URLPattern, get_resolver, reverse

from tests.people import make_project

OPEN = {"healthz", "sign_in_link"}  # for everybody; a sign-in link is its own key
OWN = {"home"}  # shows each person their own
ASYNC = {"turn_stream"}  # its refusals are tested where its database connection is: dialogues/test_token_stream.py
POSTS = {"acknowledge", "ask", "judge", "retry", "end_dialogue"}
GUARDED = {"workbench", "pair", *POSTS}


def own_names() -> set[str]:
    """The names of all URLs but those of Django's admin and of django-allauth."""
    names = set()
    for entry in get_resolver().url_patterns:
        for pattern in getattr(entry, "url_patterns", [entry]):
            if isinstance(pattern, URLPattern) and pattern.callback.__module__.startswith("labeling."):
                names.add(pattern.name)
    return names


def url(name: str, assignment) -> str:
    turn = assignment.comparison.turn
    arguments = {
        "judge": assignment.pk,
        "pair": turn.pk,
        "retry": turn.completions.first().pk,
        "end_dialogue": turn.dialogue_id,
    }
    return reverse(name, args=[arguments.get(name, assignment.comparison.project.slug)])


def visit(client, name: str, assignment):
    return (client.post if name in POSTS else client.get)(url(name, assignment))


def test_every_url_has_a_rule():
    assert own_names() == OPEN | OWN | ASYNC | GUARDED


@pytest.mark.parametrize("name", sorted(GUARDED | OWN))
def test_a_signed_out_person_is_sent_to_sign_in(client, assignment, name):
    answer = visit(client, name, assignment) if name in GUARDED else client.get("/")
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=%2F")


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_htmx_takes_the_whole_page_to_sign_in(client, assignment, name):
    method = client.post if name in POSTS else client.get
    answer = method(url(name, assignment), headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2F"


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_an_annotator_of_another_cohort_finds_nothing(client, bob, assignment, name):
    make_project("elsewhere", cohort="second")
    client.force_login(bob)
    assert visit(client, name, assignment).status_code == 404
    assert assignment.revisions.count() == 0


@pytest.mark.parametrize("name", ["workbench", "ask", "acknowledge"])
def test_an_annotator_who_has_left_the_cohort_reaches_no_new_work(client, alice, assignment, name):
    alice.memberships.update(left_at="2026-01-01T00:00Z")
    client.force_login(alice)
    assert visit(client, name, assignment).status_code == 404


@pytest.mark.parametrize("name", sorted(POSTS))
def test_what_changes_something_is_never_a_get(client, alice, assignment, name):
    client.force_login(alice)
    assert client.get(url(name, assignment)).status_code == 405


@pytest.mark.parametrize("name", ["judge", "pair", "retry", "end_dialogue"])
def test_what_is_not_there_is_not_found(client, alice, name):
    client.force_login(alice)
    target = reverse(name, args=[uuid.uuid4()])
    assert (client.post if name in POSTS else client.get)(target).status_code == 404


@pytest.mark.parametrize("who", ["alice", "manager"])
def test_the_admin_is_for_those_who_manage_a_project(client, request, project, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/admin/projects/project/").status_code in {302, 403}


def test_a_manager_sees_their_own_projects_in_the_admin_and_no_others(client, manager, project):
    other = make_project("other", cohort="second")
    project.roles.create(person=manager, kind="manager")
    client.force_login(manager)
    listed = client.get("/admin/projects/project/").content.decode()
    assert f"/admin/projects/project/{project.pk}/change/" in listed
    assert f"/admin/projects/project/{other.pk}/change/" not in listed
    assert client.get(f"/admin/projects/project/{other.pk}/change/").status_code == 302
    assert client.get("/admin/cohorts/person/").status_code == 403


@pytest.mark.parametrize("rows", ["comparisons/judgement", "dialogues/completion"])
def test_what_annotators_and_models_said_is_read_in_the_admin_and_never_written(client, manager, project, rows):
    project.roles.create(person=manager, kind="manager")
    client.force_login(manager)
    assert client.get(f"/admin/{rows}/").status_code == 200
    assert client.post(f"/admin/{rows}/add/", {}).status_code == 403


def test_nobody_signs_up_uninvited(client, db):
    assert client.get("/accounts/signup/").status_code == 404


def test_a_password_signs_in_where_one_was_set(client, alice, project):
    alice.set_password("quite-a-long-one")
    alice.save()
    wrong = client.post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    assert wrong.status_code == 200 and "_auth_user_id" not in client.session
    page = client.post(
        "/accounts/login/?next=/projects/both/work/", {"login": alice.email, "password": "quite-a-long-one"}
    )
    assert page.url == "/projects/both/work/"
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session
