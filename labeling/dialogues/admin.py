"""Responses for managers, read only: which model wrote them, and why one failed."""

from django.contrib import admin

from labeling.dialogues.models import Completion
from labeling.projects.admin import ManagedAdmin


@admin.register(Completion)
class CompletionAdmin(ManagedAdmin):
    frozen = made_elsewhere = True
    project_path = "turn__dialogue__project"
    list_display = ("id", "model_version", "state", "attempt", "error", "queued_at", "seconds")
    list_filter = ("state", "model_version")
    list_select_related = ("model_version",)
