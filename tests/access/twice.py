"""What is sent to each URL that changes something, to see that it does so once: a form that is filled in, a button by
itself, or nothing, where to do it twice is to want it twice."""

import uuid
from typing import Any

from labeling.cohorts.models import Cohort
from labeling.exams.drafts import mark
from labeling.exams.models import Exam, Item
from labeling.projects.models import ModelVersion, Project
from tests.access.bodies import filled_in
from tests.access.conftest import World
from tests.access.table import RULES, one_of
from tests.exams.test_files import SMALL
from tests.projects.invited import TYPED
from tests.projects.pages import fields
from tests.projects.rounds import typed

# The address alone says what is to be done.
PRESSED = {
    *("answer_seen", "end_dialogue", "exam_discard", "exam_publish", "exam_put_back", "exam_retire"),
    *("attempt_finish", "attempt_part"),
    *("cohort_person_leave", "enrolment_end", "invitation_restore", "invitation_revoke", "lease_release"),
    *("account_logout", "blur", "favicon", "mfa_index", "opt_out", "person_confirm", "project_resume", "project_stop"),
    *("prompt_remove", "quality_compute", "renew_lease", "requirement_end", "retry", "review_undo", "role_end"),
    *("round_close", "round_discard", "round_open", "round_policy", "round_review", "sign_in_link", "stop"),
    *("run_again", "run_cancel", "snapshot_again", "snapshot_cancel", "import_cancel", "import_store", "test_begin"),
    "snapshot_push_cancel",
    *("test_practice", "trial_cancel", "undo_pass", "withdraw", "model_version_check", "model_version_remove"),
}
NOT_TWICE = {
    "acknowledge": "everybody has read theirs: the database takes one for each person and guideline",
    "adjudicate": "no pair waits for it here: quality/test_adjudicating.py",
    "consent": "there is no text to agree to here: projects/test_consent_at_once.py",
    "opt_in": "the warning is agreed to here: comparisons/test_care.py",
    "run_new": "no snapshot has files here: rewards/test_pages.py",
    "snapshot_push": "no snapshot has files here: datasets/test_pushing.py",
    "snapshot_erase": "no snapshot has files here: datasets/test_erasing.py",
    "take": "there is no stock here: comparisons/test_stock.py takes with one key twice",
    "import_part": "a part has its place in its file: datasets/imports/test_prompts.py",
    "import_columns": "no file has come here as yet: datasets/imports/test_prompts.py",
    **dict.fromkeys(("imports", "prompts_import"), "each begins an upload, which stores nothing by itself"),
    "cohort_links": "a link works once, and is shown once: who asks anew wants others, and the first ones work too",
    "trial_new": "a second answer to the same prompt is what is wanted; the one under way is dropped",
    **dict.fromkeys(("address", "address_again", "account_reset_password"), "each sends a mail, and few are sent"),
    **dict.fromkeys(("address_own", "address_confirm"), "the key in the mail works once: cohorts/test_confirmed.py"),
    **dict.fromkeys(
        [name for name, rule in RULES.items() if name.startswith(("account_", "mfa_")) and "POST" in rule.methods],
        "django-allauth's; what is ours of it: cohorts/test_session.py, cohorts/test_two_factor.py",
    ),
}
HEAD = {"name": "Bread", "gives": "Baking", "version": 1, "attempts": 2, "cooling_off_hours": 24}
PART = {"title": "Dough", "rule": "count", "threshold": 5, "graders": 1, "apart": 1}
LINKS = {"days": 7, "key": uuid.UUID(int=7)}


def sent(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    """By the URL that takes it: an address, and the form."""
    bodies = {**filled_in(), **of_exams(world), **of_work(world), **of_managing(world)}
    return {name: (elsewhere(world).get(name, world.address(name)), body) for name, body in bodies.items()}


def elsewhere(world: World) -> dict[str, str]:
    """Where the address of the table leads to what cannot be done."""
    draft = Project.objects.get(slug=world.arguments["slug"]).rounds.get(number=world.arguments["draft"])
    return {
        "model_version_new": f"{world.address('model_version_new')}?kind=folder",
        "round": f"/projects/{draft.project.slug}/rounds/{draft.number}/",
    }


def of_exams(world: World) -> dict[str, dict[str, Any]]:
    exam, item = Exam.objects.get(pk=world.arguments["exam"]), world.arguments["item"]
    seen = {"seen": mark(exam)}
    choice = {"question": "Which?", "weight": 1, "option_1": "this", "option_2": "that", "right_1": "on"}
    return {
        "attempt_answer": {f"item-{item}-answer": Item.objects.get(pk=item).accepted[0]},
        "exam": {"cohorts": [Cohort.objects.get(name="second").pk]},
        "exam_edit": {"text": SMALL},
        "exam_head": {**seen, **HEAD},
        "exam_item": {**seen, **choice},
        "exam_item_move": {**seen, "act": "down"},
        "exam_new": HEAD,
        "exam_new_text": {"text": SMALL},
        "exam_part": {**seen, **PART},
        "exam_part_new": {**seen, **PART},
        "exam_part_move": {**seen, "act": "remove"},
        "grade": {"score": 4},
        "take_back": {"reason": "It was copied."},
    }


def of_work(world: World) -> dict[str, dict[str, Any]]:
    def key() -> dict[str, Any]:
        return {"key": uuid.uuid4()}

    return {
        "cannot_judge": {**key(), "reason": "subject"},
        "correct_language": {"language": "de"},
        "draft": {"form": "prompt:/", "entered": '[["text", "Why?"]]'},
        "invitation": TYPED,
        "judge": {**key(), "choice": -3},
        "keep_view": {"layout": "stacked", "scrolling": "apart"},
        "pass": {**key(), "reason": "unsaid"},
        "profile": {"name": "Ana", "layout": "beside", "scrolling": "page"},
    }


def of_managing(world: World) -> dict[str, dict[str, Any]]:
    project = Project.objects.get(slug=world.arguments["slug"])
    draft, person = project.rounds.get(number=world.arguments["draft"]), world.arguments["person"]
    rows = [{"model_version": version.pk} for version in ModelVersion.objects.usable().order_by("pk")[:2]]
    page = world.clients[one_of(RULES["project_settings"].posts)].get(world.address("project_settings"))
    return {
        "cohort_change": {"name": "Cooks", "languages": "en"},
        "cohort_person": {"name": "Ana"},
        "enrolment": {"overlap": 3, "quota_per_day": 9},
        "gold_answer": {"why": "It is not certain."},
        "gold_new": {"least": 1},
        "invitation_link": {**LINKS, "limit": 9},
        "invitation_people": {**LINKS, "people": "new@example.org"},
        "model_version_new": {"name": "New", "path": "smollm2-135m-instruct"},
        "people": {"act": "pause", "reason": "A break.", "person": [person]},
        "person": {"act": "pause", "reason": "A break."},
        "project_settings": fields(page) | {"max_turns": 5},
        "reported": {"answer": "Thank you."},
        "review_decide": {"reason": "It is too short.", "to": "same"},
        "run_responses": {"key": uuid.uuid4(), "prompt": "Why?", "response": "So."},
        "round": typed(*rows, seen=draft.own_terms(), max_new_tokens=99),
        "round_new": {"start": "empty", "number": draft.number + 1},
    }
