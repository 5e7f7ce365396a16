"""A round's page: its draft, what opening freezes, and its way through review to its end."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.differences import compare
from labeling.projects.forms.policy import PolicyRows
from labeling.projects.forms.rounds import RoundForm, StartForm, in_words
from labeling.projects.models import GATE_LABELS, ChangedMeanwhile, Round, RoundNotReady
from labeling.projects.policy_meaning import Meaning
from labeling.projects.starting_rounds import begin, policy_of


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    form = StartForm(request.POST if request.method == "POST" else None, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            draft = begin(project, **form.cleaned_data)
        except RoundNotReady as error:
            messages.error(request, str(error))
            return redirect("round_new", slug)
        return redirect("round", slug, draft.number)
    drafts = project.rounds.filter(state=Round.State.DRAFT).order_by("number")
    context = {"project": project, "form": form, "drafts": drafts}
    return render(request, "projects/round_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def show(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    round_ = managed_round(request, slug, number)
    if request.method == "POST":
        return save(request, round_)
    if round_.state == Round.State.DRAFT:
        return render_draft(request, round_, RoundForm(None, instance=round_), PolicyRows.of(round_))
    advice = round_.advice() if round_.state == Round.State.OPEN else []
    return render(request, "projects/round.html", {**terms(round_), "advice": advice})


def save(request: PersonRequest, round_: Round) -> HttpResponse:
    """The draft as it was typed; what cannot be saved comes back with the reasons."""
    form = RoundForm(request.POST, instance=round_)
    rows = PolicyRows.typed(request.POST, bound=True)
    if not (form.is_valid() & rows.is_valid()):
        return render_draft(request, round_, form, rows, status=422)
    try:
        round_.revise(rows.entries(), request.POST.get("seen", ""), **form.settings())
    except ChangedMeanwhile:
        form.add_error(None, _("Somebody else has changed this draft. Save again to put yours in its place."))
        changes = compare(in_words(round_.settings(), policy_of(round_)), in_words(form.settings(), rows.entries()))
        return render_draft(request, round_, form, rows, status=409, seen=round_.own_terms(), changes=changes)
    except RoundNotReady as error:
        messages.error(request, str(error))
    except IntegrityError:  # somebody removed one of its models in this moment, which the rows find now
        rows = PolicyRows.typed(request.POST, bound=True)
        rows.is_valid()
        return render_draft(request, round_, form, rows, status=422)
    else:
        messages.success(request, _("The draft is saved."))
    return redirect("round", round_.project.slug, round_.number)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def policy(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    """The rows as they are typed, with one more or one less, and what they mean. Nothing is saved."""
    round_ = managed_round(request, slug, number)
    if request.method != "POST":  # somebody came back to the address that a page without scripts has shown
        return redirect("round", slug, number)
    typed = {name: request.POST.get(name, "") for name in Round.SETTINGS}
    form = RoundForm(None, instance=round_, initial=typed)
    rows = PolicyRows.typed(request.POST)
    if request.headers.get("HX-Request"):
        context = draft(round_, form, rows)
        return render(request, "projects/round_draft.html#policy", context)
    return render_draft(request, round_, form, rows)


@require_POST
@manager_required
def open_(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    round_ = managed_round(request, slug, number)
    try:
        round_.open(request.POST.get("seen", ""))
    except ChangedMeanwhile:
        messages.error(request, _("The round was changed since you opened this page. Read what it opens with again."))
    except RoundNotReady as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Round %(n)d is open: annotators can work in it now.") % {"n": number})
    return redirect("round", slug, number)


@require_POST
@manager_required
def review(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    round_ = managed_round(request, slug, number)
    return step(request, round_, round_.review, _("Round %(n)d is in review: no new pairs are made."))


@require_POST
@manager_required
def close(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    round_ = managed_round(request, slug, number)
    return step(request, round_, round_.close, _("Round %(n)d is closed."))


@require_POST
@manager_required
def discard(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    round_ = managed_round(request, slug, number)
    try:
        round_.discard()
    except RoundNotReady as error:
        messages.error(request, str(error))
        return redirect("round", slug, number)
    messages.success(request, _("The draft of round %(n)d is deleted.") % {"n": number})
    return redirect("project", slug)


def step(request: PersonRequest, round_: Round, move: Callable[[], None], done: str) -> HttpResponse:
    try:
        move()
    except RoundNotReady as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done % {"n": round_.number})
    return redirect("round", round_.project.slug, round_.number)


def managed_round(request: PersonRequest, slug: str, number: int) -> Round:
    rounds = managed_project(request, slug).rounds.select_related("project", "prompt_set")
    return get_object_or_404(rounds, number=number)


def render_draft(
    request: PersonRequest, round_: Round, form: RoundForm, rows: PolicyRows, status: int = 200, **more: Any
) -> HttpResponse:
    """With what the page was made with as `seen`, which stays that while it comes back with something to mend."""
    seen = request.POST.get("seen", "") if request.method == "POST" else round_.own_terms()
    advised = {"missing": round_.missing(), "advice": round_.advice()}
    context = {**terms(round_), **draft(round_, form, rows), **advised, "seen": seen, **more}
    return render(request, "projects/round_draft.html", context, status=status)


def draft(round_: Round, form: RoundForm, rows: PolicyRows) -> dict[str, Any]:
    """What is in the form, typed or saved, and what it means."""
    different = bool(form["two_different_versions"].value())
    meaning = rows.meaning(different=different)
    context = {"project": round_.project, "round": round_, "form": form, "rows": rows, "meaning": meaning}
    return {**context, "typed": rows.typed_in}


def terms(round_: Round) -> dict[str, Any]:
    """What is saved: frozen by opening, or to be."""
    project = round_.project
    if round_.state == Round.State.DRAFT:
        guidelines = {guideline.axis: guideline for guideline in project.guidelines.order_by("number")}
    else:
        guidelines = {guideline.axis: guideline for guideline in round_.guidelines.all()}
    axes = [{"axis": axis, "guideline": guidelines.get(axis)} for axis in project.axes_in_order()]
    gates = [label for gate, label in GATE_LABELS.items() if gate in project.gates]
    saved = {"policy": policy_of(round_), "meaning": Meaning.of(round_)}
    return {"project": project, "round": round_, "axes": axes, "gates": gates, "saved": saved}
