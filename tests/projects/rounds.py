"""Drafts to test with, and what a draft's page posts."""

from django.test import Client
from django.utils import timezone

from labeling.projects.models import ModelVersion, Project, Round

SAMPLING = {"temperature_low": 0.7, "temperature_high": 1, "top_p_low": 0.9, "top_p_high": 0.95}


def version(name: str, *, checked: bool = True, error: str = "") -> ModelVersion:
    return ModelVersion.objects.create(
        name=name,
        engine="scripted",
        source="scripted",
        checked_at=timezone.now() if checked else None,
        check_error=error,
    )


def draft_of(project: Project, *versions: ModelVersion, **fields) -> Round:
    draft = Round.objects.draft(project)
    for name, value in fields.items():
        setattr(draft, name, value)
    draft.save()
    for one in versions:
        draft.policy.create(model_version=one)
    return draft


def typed(*rows: dict, **fields) -> dict:
    """The whole form, with rows that differ from the defaults as given."""
    data = {"max_new_tokens": "256", "target": "", "prompt_set": "", "two_different_versions": "on"}
    for place, row in enumerate(rows):
        full = {"model_version": "", "weight": 1, **SAMPLING, **row}
        data |= {f"row-{place}-{name}": str(value) for name, value in full.items()}
    return {**data, "rows": str(len(rows)), **fields}


def url(round_: Round, step: str = "") -> str:
    return f"/projects/{round_.project.slug}/rounds/{round_.number}/{step}"


def save(client: Client, round_: Round, *rows: dict, **fields):
    """What the draft's page, loaded in this moment, would post."""
    seen = Round.objects.get(pk=round_.pk).own_terms()
    return client.post(url(round_), typed(*rows, **{"seen": seen, **fields}))
