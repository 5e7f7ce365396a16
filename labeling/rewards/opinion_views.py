"""Asking what reward models say of a response that somebody writes down."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labeling.projects.access import PersonRequest, manager_required
from labeling.rewards import opinions, stream
from labeling.rewards.models import Opinion, Run
from labeling.rewards.opinion_forms import OpinionForm
from labeling.rewards.opinion_showing import said
from labeling.rewards.views import one


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    """A model that is not ready cannot be asked; the page says so."""
    run = one(request, slug, number)
    form = OpinionForm(request.POST if request.method == "POST" else None, run=run)
    if run.state == Run.State.READY and form.is_valid():
        opinion = opinions.ask(form.models(), [form.asked()], by=request.user, key=form.cleaned_data["key"])
        return redirect("run_opinion", slug, number, opinion.pk)
    context = {"project": run.project, "run": run, "form": form}
    return render(request, "rewards/opinion.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@manager_required
def show(request: PersonRequest, slug: str, number: int, opinion: UUID) -> HttpResponse:
    """With the form, to ask about another response. For htmx, which asks until it is there, what is said alone."""
    run = one(request, slug, number)
    found = get_object_or_404(Opinion.objects.on_page_of(run), pk=opinion)
    context: dict[str, Any] = {"project": run.project, "run": run, "opinion": found}
    if found.is_waiting:
        context["is_alone"] = not stream.is_worker_there()
        context["in_training"] = Run.objects.in_training().only("done", "total").first()
    elif found.state == Opinion.State.GIVEN:
        context["said"] = said(found)
    if request.headers.get("HX-Request"):
        return render(request, "rewards/opinion_said.html", context)
    context["form"] = OpinionForm(None, run=run, initial=asked(found, run))
    return render(request, "rewards/opinion.html", context)


def asked(opinion: Opinion, run: Run) -> dict[str, Any]:
    """As it was typed on the page of this model."""
    [line], models = opinion.lines, opinion.asked()
    beside = next((model for model in models.values() if model.pk != run.pk), None)
    typed = {"prompt": line["context"][-1]["content"], "response": line["responses"][0]}
    return {**typed, "is_safety_prompt": line["is_safety_prompt"], "beside": beside}
