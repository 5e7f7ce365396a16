"""A manager watches the check of a model version, and tries the version out."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.dialogues import streams, trials
from labeling.dialogues.forms import TrialForm
from labeling.dialogues.models import Trial
from labeling.dialogues.trial_words import Answer, Progress
from labeling.projects.access import PersonRequest, manager_required
from labeling.projects.models import ModelVersion


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def check(request: PersonRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(ModelVersion, pk=pk)
    if request.method == "POST":
        trials.check(version, request.user)
        return redirect("model_version", pk)
    if request.headers.get("HX-Request") and version.state != "new":
        return HttpResponse(headers={"HX-Refresh": "true"})
    progress = Progress.of(version, version.trials.checks().unfinished().first())
    return show(request, "check", {"version": version, "progress": progress})


@require_POST
@manager_required
def remove(request: PersonRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(ModelVersion, pk=pk)
    if trials.remove(version):
        messages.success(request, _("“%(name)s” is removed, and its name is free.") % {"name": version})
        return redirect("model_versions")
    said = _("“%(name)s” stays: it stands in a round, has passed its check, or is being checked anew.")
    messages.error(request, said % {"name": version})
    return redirect("model_version", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def trials_of(request: PersonRequest, pk: int) -> HttpResponse:
    """The box: a form that starts from the last prompt, and the answer to it."""
    version = get_object_or_404(ModelVersion.objects.usable(), pk=pk)
    latest = Trial.objects.of(request.user).filter(model_version=version).first()
    form = TrialForm(request.POST or None, initial=TrialForm.values_of(latest))
    if request.method == "POST" and form.is_valid():
        latest = trials.try_out(version, request.user, **form.cleaned_data)
        if not request.headers.get("HX-Request"):
            return redirect("trial_new", pk)
    return show_box(request, version, form, latest)


@require_POST
@manager_required
def cancel(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    trial = get_object_or_404(Trial.objects.of(request.user).select_related("model_version"), pk=pk)
    trials.cancel(trial)
    if not request.headers.get("HX-Request"):
        return redirect("trial_new", trial.model_version_id)
    trial.refresh_from_db()
    return show_box(request, trial.model_version, TrialForm(initial=TrialForm.values_of(trial)), trial)


def show_box(request: PersonRequest, version: ModelVersion, form: TrialForm, trial: Trial | None) -> HttpResponse:
    answer = Answer.of(trial, streams.so_far([trial])[0]) if trial else None
    context = {"version": version, "form": form, "answer": answer}
    return show(request, "try_out", context, status=422 if form.errors else 200)


def show(request: PersonRequest, page: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    """The part alone for htmx, the whole page otherwise."""
    part = {"check": "#check", "try_out": "#try"}[page] if request.headers.get("HX-Request") else ""
    return render(request, f"dialogues/{page}.html{part}", context, status=status)
