"""Nobody reaches what is not theirs: every URL of the project, for a stranger and for another cohort's annotator."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from labeling.cohorts.models import Cohort, Invitation, Person
from labeling.comparisons.models import Assignment
from labeling.dialogues import trials
from labeling.exams.models import Answer, Attempt, Item
from labeling.exams.standing import begin
from labeling.projects.models import Axis, ModelVersion, Project, PromptSet
from tests.exams.papers import TEXT, answer_all, make_exam
from tests.people import answer, ask, join, make_project, manage

OPEN = {"healthz", "sign_in_link", "session", "invitation"}  # for everybody; a link that lets one in is its own key
OPEN |= {"openid_connect_login", "openid_connect_callback"}  # where an installation has a provider
OWN = {"home", "hours", "profile", "consent", "tests"}  # show each person their own
OWN_POSTS = {"draft", "keep_view", "blur", "withdraw"}  # keeps what is the person's own, and shows it to nobody else
MAIL = {"address", "address_confirm"}  # for who has signed in, where mail is sent: tested in cohorts/test_mail.py
ASYNC = {"turn_stream", "trial_stream"}  # tested where their connections are, in dialogues/test_*_stream.py
POSTS = {
    *("acknowledge", "ask", "judge", "cannot_judge", "retry", "end_dialogue", "take"),
    *("pass", "undo_pass", "report", "answer_seen", "correct_language", "opt_in", "opt_out", "stop"),
    *("test_begin", "attempt_part", "attempt_answer", "attempt_finish"),
}
GUARDED = {
    *("workbench", "pair", "meanwhile", "mine", "change", "my_reports", "care"),
    *("test", "test_practice", "attempt"),
    *POSTS,
}

# Managers' pages: name → what they answer to, and the arguments of the address, by name of `addresses` below.
# An address with the project's slug in it is for managers of that project, the others are for every manager.
MANAGERS = {
    "projects": ("GET",),
    "project_new": ("GET POST",),
    "project": ("GET", "slug"),
    "project_settings": ("GET POST", "slug"),
    "project_stop": ("POST", "slug"),
    "project_resume": ("POST", "slug"),
    "round_new": ("GET POST", "slug"),
    "round": ("GET POST", "slug", "number"),
    "round_policy": ("GET POST", "slug", "number"),
    "round_open": ("POST", "slug", "number"),
    "round_review": ("POST", "slug", "number"),
    "round_close": ("POST", "slug", "number"),
    "round_discard": ("POST", "slug", "number"),
    "round_progress": ("GET", "slug", "number"),
    "round_judgements": ("GET", "slug", "number"),
    "reports": ("GET", "slug"),
    "reported": ("GET POST", "slug", "report"),
    "exams": ("GET",),
    "exam_new": ("GET POST",),
    "exam": ("GET POST", "exam"),
    "exam_edit": ("GET POST", "exam"),
    "exam_publish": ("POST", "exam"),
    "exam_retire": ("POST", "exam"),
    "exam_discard": ("POST", "exam"),
    "exam_results": ("GET", "exam"),
    "grading": ("GET",),
    "grade": ("POST", "text"),
    "requirements": ("GET POST", "slug"),
    "requirement_end": ("POST", "slug", "requirement"),
    "runtime": ("GET",),
    "metrics": ("GET",),
    "guideline": ("GET", "slug", "axis"),
    "guideline_new": ("GET POST", "slug", "axis"),
    "guideline_differences": ("GET", "slug", "axis"),
    "guideline_version": ("GET", "slug", "axis", "number"),
    "guideline_clarify": ("GET POST", "slug", "axis", "number"),
    "history": ("GET", "slug"),
    "history_file": ("GET", "slug"),
    "enrolments": ("GET POST", "slug"),
    "enrolment": ("GET POST", "slug", "enrolment"),
    "enrolment_end": ("POST", "slug", "enrolment"),
    "cohort": ("GET POST", "slug", "cohort"),
    "cohort_person": ("GET POST", "slug", "cohort", "person"),
    "cohort_person_leave": ("POST", "slug", "cohort", "person"),
    "invitations": ("GET", "slug", "cohort"),
    "invitation_link": ("GET POST", "slug", "cohort"),
    "invitation_people": ("GET POST", "slug", "cohort"),
    "invitation_revoke": ("POST", "slug", "cohort", "invitation"),
    "invitation_restore": ("POST", "slug", "cohort", "invitation"),
    "people": ("GET POST",),
    "person": ("GET POST", "person"),
    "people_hours": ("GET",),
    "prompt_sets": ("GET",),
    "prompt_set_new": ("GET POST",),
    "prompt_set": ("GET", "prompt_set"),
    "prompts_add": ("GET POST", "prompt_set"),
    "prompt_remove": ("POST", "prompt_set", "prompt"),
    "model_versions": ("GET",),
    "model_version_new": ("GET POST",),
    "model_version": ("GET", "version"),
    "model_version_check": ("GET POST", "version"),
    "model_version_remove": ("POST", "version"),
    "trial_new": ("GET POST", "version"),
    "trial_cancel": ("POST", "trial"),
}
# The same for pages that let people into the installation: of the managers, they are there only for staff.
STAFF = {
    "audit": ("GET",),
    "audit_file": ("GET",),
    "consent_texts": ("GET",),
    "consent_text_new": ("GET POST",),
    "cohort_new": ("GET POST", "slug"),
    "cohort_links": ("POST", "slug", "cohort"),
}
MANAGERS |= STAFF


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[dict[str, Any]]:
    """Made once for the hundreds of tests below: what one of them changes is undone after it.

    Alice works in the one project, Bob in the other. By name, the arguments of addresses about the first of them.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        alice, project = join("first", "alice@example.org"), make_project()
        join("second", "bob@example.org")
        manage(make_project("elsewhere", cohort="second"), join("managers", "other@example.org"))
        own_manager = join("managers", "own@example.org")
        manage(project, own_manager)
        project.roles.create(person=join("reviewers", "reviewer@example.org"), kind="reviewer")
        answer(ask(alice, project))
        exam = make_exam()
        begin(alice, exam).begin_part()
        project.requirements.create(axis=Axis.SAFETY, qualification=exam.qualification)
        Person.objects.create_user("staff@example.org", is_staff=True)
        yield arguments(project, own_manager)
        transaction.set_rollback(True)


def arguments(project: Project, manager: Person) -> dict[str, Any]:
    prompt_set = PromptSet.objects.create(name="A set")
    version = ModelVersion.objects.first()
    trial = trials.try_out(version, manager, "Why?", temperature=0.7, top_p=0.9, max_new_tokens=64)
    enrolment = project.enrolments.first()
    return {
        **{"slug": project.slug, "axis": "helpfulness", "number": 1},
        "requirement": project.requirements.get().pk,
        **{"exam": make_exam("A draft", publish=False).pk, "text": graded_text(project).pk},
        **{"prompt_set": prompt_set.pk, "prompt": prompt_set.prompts.create(text="Why?").pk},
        **{"enrolment": enrolment.pk, "cohort": enrolment.cohort_id, "person": enrolment.cohort.people.get().pk},
        "invitation": invited(enrolment.cohort, manager).pk,
        **{"version": version.pk, "trial": trial.pk, "report": reported(Assignment.objects.first()).pk},
    }


def invited(cohort: Cohort, by: Person) -> Invitation:
    Invitation.objects.for_many(cohort, by, expires_at=timezone.now() + timedelta(days=1), limit=1)
    return cohort.invitations.get()


def graded_text(project: Project) -> Answer:
    """Bob's, which waits for a grade."""
    exam = make_exam("Writing", cohort="second", parts=[{"items": [TEXT], "rule": "mean", "threshold": 4}])
    attempt = begin(named("bob"), exam)
    answer_all(attempt, "Words.")
    return attempt.answers.get()


def named(name: str) -> Person:
    return Person.objects.get(email=f"{name}@example.org")


@pytest.fixture
def alice(db, world) -> Person:
    return named("alice")


@pytest.fixture
def own_manager(db, world) -> Person:
    """Manages Alice's project, and is not staff."""
    return named("own")


@pytest.fixture
def assignment(db, world) -> Assignment:
    return Assignment.objects.select_related("person", "comparison__turn").get(axis=Axis.HELPFULNESS)


def own_names() -> set[str]:
    """The names of all URLs but those of Django's admin and of django-allauth."""
    names = set()
    for entry in get_resolver().url_patterns:
        for pattern in getattr(entry, "url_patterns", [entry]):
            if isinstance(pattern, URLPattern) and pattern.callback.__module__.startswith("labeling."):
                names.add(pattern.name)
    return names


def passed(assignment):
    terms = {"comparison": assignment.comparison, "round": assignment.comparison.round}
    return assignment.person.passes.get_or_create(reason="unsaid", **terms)[0]


def reported(assignment):
    terms = {"assignment": assignment, "project": assignment.comparison.project}
    return assignment.person.reports.get_or_create(kind="upsetting", **terms)[0]


def url(name: str, assignment) -> str:
    turn = assignment.comparison.turn
    arguments = {
        **dict.fromkeys(("judge", "cannot_judge", "change", "pass", "report"), assignment.pk),
        "undo_pass": passed(assignment).pk if name == "undo_pass" else None,
        "answer_seen": reported(assignment).pk if name == "answer_seen" else None,
        "pair": turn.pk,
        "correct_language": turn.pk,
        "retry": turn.completions.first().pk,
        "stop": turn.completions.first().pk,
        "end_dialogue": turn.dialogue_id,
    }
    if name.startswith(("test", "attempt")):
        return exam_url(name)
    return reverse(name, args=[arguments.get(name, assignment.comparison.project.slug)])


def exam_url(name: str) -> str:
    """Of the exam that Alice is at."""
    attempt = Attempt.objects.get(person=named("alice"))
    further = {"attempt_answer": [Item.objects.get(part__exam=attempt.exam_id).pk], "attempt_finish": [1]}
    return reverse(name, args=[attempt.exam_id if name.startswith("test") else attempt.pk, *further.get(name, [])])


def visit(client, name: str, assignment):
    return (client.post if name in POSTS else client.get)(url(name, assignment))


def test_every_url_has_a_rule():
    assert own_names() == OPEN | OWN | OWN_POSTS | MAIL | ASYNC | GUARDED | set(MANAGERS)


@pytest.mark.parametrize("name", sorted(GUARDED | OWN))
def test_a_signed_out_person_is_sent_to_sign_in(client, assignment, name):
    answer = visit(client, name, assignment) if name in GUARDED else client.get("/")
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=%2F")


@pytest.mark.parametrize("name", sorted(OWN_POSTS))
def test_what_keeps_ones_own_is_for_who_has_signed_in_and_never_a_get(client, alice, name):
    assert client.post(reverse(name)).url.startswith("/accounts/login/")
    client.force_login(alice)
    assert client.get(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_htmx_takes_the_whole_page_to_sign_in(client, assignment, name):
    method = client.post if name in POSTS else client.get
    answer = method(url(name, assignment), headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2F"


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_an_annotator_of_another_cohort_finds_nothing(client, assignment, name):
    client.force_login(named("bob"))
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


@pytest.mark.parametrize(
    "name",
    [
        "judge",
        "cannot_judge",
        "change",
        "pass",
        "report",
        "correct_language",
        "pair",
        "retry",
        "stop",
        "end_dialogue",
        "attempt",
    ],
)
def test_what_is_not_there_is_not_found(client, alice, name):
    client.force_login(alice)
    target = reverse(name, args=[uuid.uuid4()])
    assert (client.post if name in POSTS else client.get)(target).status_code == 404


@pytest.fixture
def address(db, world):
    """Where a manager's page of Alice's project is, or of what is used in it."""
    return lambda name: reverse(name, args=[world[argument] for argument in MANAGERS[name][1:]])


def doors(*, of_projects: bool = False, methods: str = "") -> list[tuple[str, str]]:
    """Each managers' page with each method it answers to."""
    chosen = {name: door for name, door in MANAGERS.items() if "slug" in door[1:] or not of_projects}
    pairs = [(name, method) for name, door in chosen.items() for method in door[0].split()]
    return [(name, method) for name, method in pairs if not methods or method == methods]


@pytest.mark.parametrize(("name", "method"), doors())
def test_a_managers_page_sends_who_is_signed_out_to_sign_in(client, address, name, method):
    answer = client.generic(method, address(name))
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=%2F")


@pytest.mark.parametrize("who", ["alice", "bob", "reviewer"])
@pytest.mark.parametrize(("name", "method"), doors())
def test_a_managers_page_does_not_exist_for_who_manages_nothing(client, address, name, method, who):
    client.force_login(named(who))
    assert client.generic(method, address(name)).status_code == 404


@pytest.mark.parametrize("who", ["other", "staff"])
@pytest.mark.parametrize(("name", "method"), doors(of_projects=True))
def test_a_projects_pages_do_not_exist_for_who_manages_another_one(client, address, name, method, who):
    client.force_login(named(who))
    assert client.generic(method, address(name)).status_code == 404


@pytest.mark.parametrize("name", [name for name, _ in doors(methods="GET")])
def test_a_managers_page_is_there_for_who_manages_the_project(client, own_manager, address, name):
    own_manager.is_staff = name in STAFF
    own_manager.save()
    client.force_login(own_manager)
    assert client.get(address(name), follow=True).status_code == 200


@pytest.mark.parametrize(("name", "method"), [door for door in doors() if door[0] in STAFF])
def test_letting_people_in_is_for_staff(client, own_manager, address, name, method):
    client.force_login(own_manager)
    assert client.generic(method, address(name)).status_code == 404


@pytest.mark.parametrize("name", sorted(MANAGERS))
def test_a_managers_page_answers_to_no_other_method(client, own_manager, address, name):
    client.force_login(own_manager)
    allowed = MANAGERS[name][0].split()
    for method in {"GET", "POST", "PUT", "DELETE"} - set(allowed):
        assert client.generic(method, address(name)).status_code == 405, method


def test_nobody_signs_up_uninvited(client, db):
    assert client.get("/accounts/signup/").status_code == 404


def test_a_password_signs_in_where_one_was_set(client, alice):
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
