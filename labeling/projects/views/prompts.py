"""Prompt sets: they belong to the installation, and every manager sees them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.projects.access import PersonRequest, manager_required
from labeling.projects.forms.prompts import PromptSetForm, PromptsForm
from labeling.projects.models import Duplicates, Project, Prompt, PromptSet, Round
from labeling.projects.signals import uses_asked
from labeling.projects.tables.prompts import (
    PromptSetsFilter,
    PromptSetsTable,
    PromptsFilter,
    PromptsTable,
    with_counts,
)
from labeling.tables import Listing


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest) -> HttpResponseBase:
    listing = Listing.of(request, PromptSetsTable, PromptSetsFilter, PromptSet.objects.all(), dress=with_counts)
    return listing.answer(request, "projects/prompt_sets.html", {})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest) -> HttpResponse:
    form = PromptSetForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            with transaction.atomic():
                made = form.save()
        except IntegrityError:  # somebody took the name in this moment, which the form finds now
            form.full_clean()
        else:
            messages.success(request, _("“%(name)s” is there. Now add prompts to it.") % {"name": made})
            return redirect("prompts_add", made.pk)
    return render(request, "projects/prompt_set_new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@never_cache
@manager_required
def show(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Its prompts, and who draws on it."""
    prompt_set = get_object_or_404(PromptSet, pk=pk)
    rounds = Round.objects.filter(prompt_set=prompt_set).select_related("project").order_by("project__name", "number")
    mine = rounds.filter(project__in=Project.objects.managed_by(request.user))
    changeable = PromptSet.objects.changeable_by(request.user).filter(pk=pk).exists()
    context = {"set": prompt_set, "changeable": changeable}
    terms = {"dress": with_uses, "known": context.copy(), "hidden": () if changeable else ("acts",)}
    prompts = prompt_set.prompts.all()
    listing = Listing.of(request, PromptsTable, PromptsFilter, prompts, prompt_set=prompt_set, **terms)
    context |= {"rounds": mine, "other_rounds": lambda: rounds.count() - mine.count()}
    return listing.answer(request, "projects/prompt_set.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def add(request: PersonRequest, pk: int) -> HttpResponse:
    prompt_set = changeable(request, pk)
    form = PromptsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        data = form.cleaned_data
        tags = {name: data[name] for name in ("language", "category", "risk", "attack")}
        try:
            n = prompt_set.add(form.texts(), leave_out=data["leave_out"], **tags)
        except Duplicates as error:
            form.duplicates(error.places)
        else:
            messages.success(request, added(n, len(form.texts()) - n))
            return redirect("prompt_set", pk)
    context = {"set": prompt_set, "form": form}
    return render(request, "projects/prompts_add.html", context, status=422 if form.errors else 200)


def added(n: int, left_out: int) -> str:
    said = ngettext("%(n)d prompt is added.", "%(n)d prompts are added.", n) % {"n": n}
    there = ngettext("%(n)d was there already.", "%(n)d were there already.", left_out) % {"n": left_out}
    return f"{said} {there}" if left_out else said


@require_POST
@manager_required
def remove(request: PersonRequest, pk: int, prompt: int) -> HttpResponse:
    chosen = get_object_or_404(changeable(request, pk).prompts, pk=prompt)
    if chosen.remove():
        messages.success(request, _("The prompt is removed."))
    else:
        messages.error(request, _("Somebody has used this prompt meanwhile, so it stays."))
    return redirect("prompt_set", pk)


def changeable(request: PersonRequest, pk: int) -> PromptSet:
    """The set, if this person may change it; every manager sees it, so to the others it is forbidden, not absent."""
    prompt_set = get_object_or_404(PromptSet, pk=pk)
    if not PromptSet.objects.changeable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return prompt_set


def with_uses(prompts: list[Any]) -> list[Any]:
    """Each with how often somebody has taken it, which the slices know that keep what was made of them."""
    answers: list[tuple[Any, Any]] = uses_asked.send(sender=Prompt, prompts=[prompt.pk for prompt in prompts])
    uses = {prompt: times for _receiver, counted in answers for prompt, times in counted.items()}
    for prompt in prompts:
        prompt.uses = uses.get(prompt.pk, 0)
    return prompts
