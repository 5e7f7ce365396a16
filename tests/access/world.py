"""Everybody of the table, and something behind every address of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from labeling.cohorts.models import Invitation, Person, SignInLink
from labeling.comparisons.models import Assignment
from labeling.datasets.imports import uploads
from labeling.datasets.models import Import
from labeling.dialogues import trials
from labeling.exams import files
from labeling.exams.models import Grant, Qualification
from labeling.exams.standing import begin
from labeling.projects.models import Axis, ModelVersion, Project, PromptSet, Round
from labeling.quality import reviewing
from labeling.quality.models import GoldAnswer
from labeling.rewards import opinions
from tests.access.table import ADMIN, ANNOTATOR, BYSTANDER, MANAGER, NEIGHBOUR, REVIEWER, STAFF
from tests.comparisons.pages import judge
from tests.datasets.drawing import counted
from tests.exams.papers import CHOICE, TEXT, answer_all, make_exam
from tests.people import answer, ask, join, make_project, manage
from tests.quality.judging import computed
from tests.rewards.scored import SAID, ready, the_first


def people() -> tuple[Project, dict[str, Person]]:
    """The annotator's cohort works in the project; the one elsewhere in another project."""
    annotator, project = join("first", "annotator@example.org"), make_project(max_turns=2)
    elsewhere = join("second", "elsewhere@example.org")
    neighbour, manager = join("managers", "neighbour@example.org"), join("managers", "manager@example.org")
    manage(make_project("elsewhere", cohort="second"), neighbour)
    manage(project, manager)
    reviewer = join("reviewers", "reviewer@example.org")
    project.roles.create(person=reviewer, kind="reviewer")
    staff = Person.objects.create_user("staff@example.org", is_staff=True)
    admin = Person.objects.create_superuser("admin@example.org")
    everybody = {
        **{ANNOTATOR: annotator, BYSTANDER: elsewhere, REVIEWER: reviewer, NEIGHBOUR: neighbour},
        **{MANAGER: manager, STAFF: staff, ADMIN: admin},
    }
    for person in everybody.values():
        TOTP.activate(person, generate_totp_secret())
        RecoveryCodes.activate(person)
    return project, everybody


def arguments(project: Project, everybody: dict[str, Person]) -> dict[str, Any]:
    """Of addresses, by the names that the table gives them."""
    annotator, manager = everybody[ANNOTATOR], everybody[MANAGER]
    return {
        **{
            "slug": project.slug,
            "axis": "helpfulness",
            "number": 1,
            "figure": "judged",
            "path": "README.md",
            "draft": Round.objects.draft(project).number,
        },
        **work(project, annotator, manager),
        **tests(project, annotator, everybody[BYSTANDER]),
        "grant": qualified(annotator, manager),
        "import": brought_in(manager),
        **of_managers(manager),
        **of_cohort(project, manager),
        **{"sign_in_token": SignInLink.objects.issue(annotator), "uid": "1", "key": "set-password"},
        **{"provider": "", "snapshot": (snapshot := counted(project)).number},
        **{"run": (run := ready(snapshot, the_first)).number},
        "opinion": opinions.ask({"helpfulness": run}, [SAID], by=manager).pk,
    }


def work(project: Project, annotator: Person, manager: Person) -> dict[str, Any]:
    """A pair that is judged, reported and passed, and one that waits."""
    judged, waiting = (ask(annotator, project, text) for text in ("Why is the sky blue?", "Why is grass green?"))
    answer(judged)
    answer(waiting)
    first, second = Assignment.objects.filter(comparison__turn=judged).order_by("axis")
    client = Client()
    client.force_login(annotator)
    for one in (first, second):
        assert judge(client, one).status_code == 200
    computed(project)
    first.refresh_from_db()
    second.refresh_from_db()
    reviewed = reviewing.accept(second.judgement, manager)
    known = GoldAnswer.objects.create(comparison=second.comparison, axis=second.axis, chosen=second.comparison.first)
    report = annotator.reports.create(assignment=first, project=project, kind="upsetting")
    report.say(manager, "It is looked into.", to_everyone=False)
    passed = annotator.passes.create(comparison=first.comparison, round=first.comparison.round, reason="unsaid")
    others = first.comparison.assignments.create(
        **{"person": manager, "axis": first.axis, "slot": 1, "kind": Assignment.Kind.OVERLAP, "swapped": False},
        guideline=first.guideline,
        leased_until=timezone.now() + timedelta(days=1),
    )
    return {
        **{"lease": others.pk, "judged": first.pk, "report": report.pk, "pass": passed.pk, "turn": waiting.pk},
        **{"gold": known.pk, "judgement": first.judgement_id, "review": reviewed.pk, "comparison": first.comparison_id},
        "assignment": Assignment.objects.get(comparison__turn=waiting, axis=Axis.HELPFULNESS).pk,
        **{"dialogue": waiting.dialogue_id, "completion": waiting.completions.first().pk},
    }


def tests(project: Project, annotator: Person, elsewhere: Person) -> dict[str, Any]:
    """One that the annotator is at and the project asks for, a draft, and a text of somebody else to grade."""
    exam = make_exam(parts=[{"items": [CHOICE, {**CHOICE, "practice": True}]}])
    attempt = begin(annotator, exam)
    item = attempt.begin_part().part.counted().get()
    writing = make_exam("Writing", cohort="second", parts=[{"items": [TEXT], "rule": "mean", "threshold": 4}])
    written = begin(elsewhere, writing)
    answer_all(written, "Words.")
    return {
        **{"test": exam.pk, "attempt": attempt.pk, "item": item.pk, "text": written.answers.get().pk},
        "requirement": project.requirements.create(axis=Axis.SAFETY, qualification=exam.qualification).pk,
        "exam": files.write(files.template("ranking"), elsewhere).pk,
    }


def brought_in(manager: Person) -> UUID:
    """By the manager: a file of prompts that waits for its columns."""
    rows = b'{"prompt": "Why is the sky blue?"}'
    begun = {"made_by": manager, "name": "prompts.jsonl", "size": len(rows), "prompt_set": PromptSet.objects.create()}
    imported = Import.objects.create(**begun)
    uploads.append(imported.pk, 0, rows, len(rows))
    imported.received()
    return imported.pk


def qualified(annotator: Person, manager: Person) -> int:
    Grant.objects.give(Qualification.objects.get(name="Writing"), [annotator], manager)
    return annotator.qualifications.get().pk


def of_managers(manager: Person) -> dict[str, Any]:
    version, prompts = ModelVersion.objects.first(), PromptSet.objects.create(name="A set")
    trial = trials.try_out(version, manager, "Why?", temperature=0.7, top_p=0.9, max_new_tokens=64)
    prompt = prompts.prompts.create(text="Why?")
    return {"version": version.pk, "trial": trial.pk, "prompt_set": prompts.pk, "prompt": prompt.pk}


def of_cohort(project: Project, manager: Person) -> dict[str, Any]:
    enrolment = project.enrolments.first()
    cohort = enrolment.cohort
    ends = timezone.now() + timedelta(days=1)
    token = Invitation.objects.for_many(cohort, manager, expires_at=ends, limit=9)
    return {
        **{"enrolment": enrolment.pk, "cohort": cohort.pk, "person": cohort.people.get().pk},
        "role": project.roles.get(kind="reviewer").pk,
        **{"invitation": cohort.invitations.get().pk, "invitation_token": token},
    }
