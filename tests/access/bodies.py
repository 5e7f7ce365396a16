"""Forms as somebody fills them in: what makes a row, and what names a row of a project that is not theirs."""

import uuid
from typing import Any

from labeling.cohorts.models import Cohort
from labeling.exams.models import Qualification
from labeling.projects.models import Axis, Project, Prompt

PEOPLE = "new@example.org, Ana Silva <ana@example.org>"
TERMS = {"axes": [Axis.HELPFULNESS], "overlap": 2}


def filled_in() -> dict[str, dict[str, Any]]:
    """By the URL that takes it: what makes at least one row. More of them, of other kinds, are in twice.py."""
    language, writing = (Qualification.objects.get(name=name) for name in ("Language", "Writing"))
    reported = {"key": uuid.uuid4(), "reason": "other", "comment": "The timer is wrong."}
    return {
        "ask": {"dialogue": uuid.uuid4(), "number": 1, "text": "Why is the sea salty?"},
        "cohort": {"people": PEOPLE},
        "cohort_new": {"name": "New", "people": PEOPLE, **TERMS},
        "consent_text_new": {"text": "We keep what you write.", "number": 1},
        "enrolments": {"cohort": Cohort.objects.get(name="reviewers").pk, **TERMS},
        "guideline_clarify": {"text": "Read *both* twice.", "note": "How often.", "anyway": "on", "after": 0},
        "guideline_new": {"text": "Read one.", "number": 2},
        "holding": {"qualification": language.pk, "reason": "Passed it elsewhere."},
        "my_reports": reported,
        "project_new": {"name": "Another", "axes": [Axis.HELPFULNESS]},
        "prompt_set_new": {"name": "New"},
        "prompts_add": {"text": "Why is the sea salty?", "language": "en", "category": "everyday"},
        "report": {**reported, "key": uuid.uuid4()},
        "snapshot_use": {"name": "reward-1"},
        "snapshot_new": {
            **{"number": 2, "axes": ["helpfulness"], "aggregation": "every", "margin": "small"},
            **{"configs": ["helpfulness"], "formats": ["jsonl"]},
        },
        "requirements": {"axis": Axis.HELPFULNESS, "qualification": writing.pk},
        "roles": {"person": "elsewhere@example.org", "kind": "reviewer"},
    }


def of_others() -> dict[str, dict[str, Any]]:
    """By the URL that takes it: a row of the project elsewhere, which the manager of the other one has no part in."""
    elsewhere, cohort = Project.objects.get(slug="elsewhere"), Cohort.objects.get(name="second")
    person, writing = cohort.people.get(), Qualification.objects.get(name="Writing")
    prompt = Prompt.objects.get()  # of a set that no round takes from
    return {
        "acknowledge": {"guideline": elsewhere.guidelines.first().pk},
        "enrolments": {"cohort": cohort.pk, **TERMS},
        "exam": {"cohorts": [cohort.pk]},
        "people": {"act": "pause", "reason": "A break.", "person": [person.pk]},
        "person": {"act": "move", "cohort": cohort.pk},
        "requirements": {
            **{"axis": Axis.HELPFULNESS, "qualification": writing.pk},
            "since": elsewhere.guidelines.get(axis=Axis.HELPFULNESS).pk,
        },
        "ask": {"dialogue": uuid.uuid4(), "number": 1, "text": prompt.text, "prompt": prompt.pk},
    }
