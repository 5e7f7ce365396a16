"""Judgements for managers, read only: who said what, by pseudonym."""

from django.contrib import admin

from labeling.comparisons.models import Judgement
from labeling.projects.admin import ManagedAdmin


@admin.register(Judgement)
class JudgementAdmin(ManagedAdmin):
    frozen = made_elsewhere = True
    project_path = "assignment__comparison__project"
    list_display = ("created_at", "annotator", "axis", "outcome", "degree", "revision", "comment", "active_seconds")
    list_filter = ("axis", "outcome", "degree")
    list_select_related = ("assignment__person",)
    exclude = ("key",)

    @admin.display(ordering="assignment__person__pseudonym")
    def annotator(self, judgement: Judgement) -> str:
        return judgement.assignment.person.pseudonym
