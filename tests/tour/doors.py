"""What comes into an installation: a file to import, and whoever has a link."""

import uuid

from django.utils import timezone

from labeling.cohorts.models import Person, SignInLink
from labeling.datasets.imports import uploads
from labeling.datasets.models import Import
from labeling.projects.models import PromptSet


def brought_in(manager: Person, prompts: PromptSet) -> uuid.UUID:
    """A file of prompts that waits for its columns; one row of it is broken."""
    rows = b'{"prompt": ["Why does bread rise?", "And without yeast?"], "category": "baking"}\n{"prompt": ""}\n'
    begun = {"made_by": manager, "name": "prompts.jsonl", "size": len(rows), "prompt_set": prompts}
    imported = Import.objects.create(**begun)
    uploads.append(imported.pk, 0, rows, len(rows))
    imported.received()
    return imported.pk


def link(person: Person, state: str) -> str:
    """The token of a sign-in link in this state."""
    token = SignInLink.objects.issue(person)
    issued = SignInLink.objects.filter(pk=SignInLink.objects.find(token).pk)
    if state == "used":
        issued.update(used_at=timezone.now())
    if state == "expired":
        issued.update(expires_at=timezone.now())
    return token
