"""The same pair in two tabs: what is said in one is never silently replaced by what stood in the other."""

import uuid

from tests.comparisons.pages import judge


def cannot(client, assignment, **fields):
    data = {"reason": "unusable", "key": uuid.uuid4(), **fields}
    return client.post(f"/assignments/{assignment.pk}/cannot/", data)


def degrees(assignment):
    return list(assignment.revisions.order_by("revision").values_list("degree", flat=True))


def test_the_same_answer_from_both_is_one_judgement(client, assignment):
    assert judge(client, assignment, choice=-3, instead_of=0).status_code == 200
    assert judge(client, assignment, choice=-3, instead_of=0).status_code == 200
    assert degrees(assignment) == [3]


def test_another_answer_from_a_tab_that_did_not_know_is_asked_about_first(client, assignment):
    judge(client, assignment, choice=-3, instead_of=0)
    stale = judge(client, assignment, choice=4, comment="No, B", instead_of=0)
    assert stale.status_code == 409
    html = stale.content.decode()
    assert "You answered this pair in another tab meanwhile." in html
    assert "No, B" in html and "You are changing an answer." in html
    assert degrees(assignment) == [3]
    step = stale.context["step"]
    assert judge(client, assignment, choice=4, key=step.key, instead_of=step.change.revision).status_code == 200
    assert degrees(assignment) == [3, 4]


def test_a_change_from_a_tab_that_shows_an_older_answer_is_asked_about_too(client, assignment):
    judge(client, assignment, choice=-3, instead_of=0)
    judge(client, assignment, choice=-2, instead_of=1)
    assert judge(client, assignment, choice=-1, instead_of=1).status_code == 409
    assert degrees(assignment) == [3, 2]


def test_that_a_pair_cannot_be_judged_replaces_no_judgement_unasked(client, assignment):
    judge(client, assignment, choice=-3, instead_of=0)
    stale = cannot(client, assignment, instead_of=0)
    assert stale.status_code == 409
    assert "You answered this pair in another tab meanwhile." in stale.content.decode()
    assert degrees(assignment) == [3]


def test_the_page_says_which_answer_it_shows(client, assignment):
    field = 'name="instead_of" value="{}"'
    assert field.format(0) in client.get("/projects/both/work/").content.decode()
    judge(client, assignment)
    assert field.format(1) in client.get(f"/assignments/{assignment.pk}/change/").content.decode()
