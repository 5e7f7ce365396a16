"""Judgements for managers, read only: who said what, by pseudonym."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from labeling.comparisons.models import Judgement
from labeling.projects.admin import ManagedAdmin


@admin.register(Judgement)
class JudgementAdmin(ManagedAdmin):
    frozen = True
    project_path = "assignment__comparison__project"
    list_display = ("created_at", "annotator", "axis", "degree", "revision", "comment", "active_seconds")
    list_filter = ("axis", "degree")
    list_select_related = ("assignment__person",)
    exclude = ("key",)

    @admin.display(ordering="assignment__person__pseudonym")
    def annotator(self, judgement: Judgement) -> str:
        return judgement.assignment.person.pseudonym

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
