"""Something to work on after the first start: three projects, two people, and a small model against itself.

The texts stand beside this file: a guideline per axis, and the suggested prompts, one JSON object a line
with the fields of `Prompt`.
"""

import json
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from labeling.cohorts.models import Cohort, Membership, Person
from labeling.projects.models import Axis, ModelVersion, Project, Prompt, PromptSet, Role

TEXTS = Path(__file__).parent
CHECKPOINT = "smollm2-135m-instruct"
ANNOTATOR, MANAGER = "annotator@example.org", "manager@example.org"

# One checkpoint, two characters: different enough to choose between, loaded once into one engine.
CONTESTANTS = (
    ("SmolLM2 135M, plain", "You are a helpful assistant. Answer directly, in plain words.", (0.6, 0.9)),
    (
        "SmolLM2 135M, warm and thorough",
        "You are a warm and thorough assistant. Answer kindly and in full, give reasons, and when you "
        "decline something that could hurt people, explain why.",
        (0.8, 1.1),
    ),
)

PROJECTS = (
    (
        "everyday-help",
        "Everyday help",
        "Ask for help with ordinary things, and say which of two responses helped more.",
        [Axis.HELPFULNESS],
    ),
    (
        "staying-safe",
        "Staying safe",
        "Try to lead a model astray, and say which of two responses is safe and which is better.",
        [Axis.SAFETY],
    ),
    (
        "help-without-harm",
        "Help without harm",
        "Ask easy and hard questions, and judge the responses twice: for help, then for harm.",
        [Axis.HELPFULNESS, Axis.SAFETY],
    ),
)


@transaction.atomic
def seed() -> bool:
    """True when it filled an installation that had no project; otherwise nothing changes.

    People, cohort, model versions and prompt set that already go by the same name are used as they are.
    Nobody gets a password: the two people come in by sign-in link.
    """
    if Project.objects.exists():
        return False
    annotator = person(ANNOTATOR, "Ines Moreau")
    manager = person(MANAGER, "Jonas Lind", staff=True)
    cohort, _ = Cohort.objects.get_or_create(name="First readers")
    Membership.objects.get_or_create(cohort=cohort, person=annotator, left_at=None)
    prompts, versions = prompt_set(), model_versions()
    for slug, name, description, axes in PROJECTS:
        project = Project.objects.create(slug=slug, name=name, description=description, axes=axes, max_turns=3)
        Role.objects.create(project=project, person=manager, kind=Role.Kind.MANAGER)
        for axis in axes:
            text = (TEXTS / f"{axis.value}.md").read_text(encoding="utf-8")
            project.guidelines.create(axis=axis, number=1, text=text, created_by=manager)
            project.enrolments.create(cohort=cohort, axis=axis, quota_per_day=60)
        open_round(project, prompts, versions)
    return True


def person(email: str, name: str, *, staff: bool = False) -> Person:
    """Whoever has this address already keeps exactly the rights they have."""
    known = Person.objects.filter(email__iexact=email).first()
    return known or Person.objects.create_user(email, name=name, is_staff=staff)


def prompt_set() -> PromptSet:
    """One set for all three projects: each offers those of its prompts that fit its axes."""
    chosen, created = PromptSet.objects.get_or_create(
        name="First prompts",
        defaults={"description": "Everyday, borderline and adversarial prompts, written for the demo."},
    )
    if created:
        lines = (TEXTS / "prompts.jsonl").read_text(encoding="utf-8").splitlines()
        Prompt.objects.bulk_create(Prompt(prompt_set=chosen, **json.loads(line)) for line in lines)
    return chosen


def model_versions() -> list[ModelVersion]:
    """Checked as they come: the checkpoint is ours, and was verified when it was put there."""
    checkpoint = {"source": CHECKPOINT, "sha256": checkpoint_sha256(), "checked_at": timezone.now()}
    return [
        ModelVersion.objects.get_or_create(name=name, defaults={**checkpoint, "system_prompt": system_prompt})[0]
        for name, system_prompt, _ in CONTESTANTS
    ]


def open_round(project: Project, prompts: PromptSet, versions: list[ModelVersion]) -> None:
    first = project.rounds.create(number=1, prompt_set=prompts)
    for version, (_, _, (low, high)) in zip(versions, CONTESTANTS, strict=True):
        first.policy.create(model_version=version, temperature_low=low, temperature_high=high)
    if not first.missing():  # a draft says on its page what is missing, as a version that is not checked yet
        first.open()


def checkpoint_sha256() -> str:
    """Empty while the default model is not converted yet: the worker then takes the checkpoint it finds."""
    record = settings.TANDEM_HOME / "models" / CHECKPOINT / "checkpoint.json"
    return str(json.loads(record.read_text())["sha256"]) if record.exists() else ""
