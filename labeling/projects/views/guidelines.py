"""What annotators go by, per axis: its versions, what differs between them, and clarifications."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labeling.projects import markdown
from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.differences import compare
from labeling.projects.forms.guidelines import ClarificationForm, ComparisonForm, GuidelineForm, TextForm
from labeling.projects.models import Axis, GuidelineVersion, Outdated, Project, Round


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest, slug: str, axis: str) -> HttpResponse:
    project, axis = judged(request, slug, axis)
    versions = list(
        of_axis(project, axis)
        .annotate(read_by=Count("acknowledgements", distinct=True), clarified=Count("clarifications", distinct=True))
        .select_related("created_by")
        .prefetch_related("round_set")
        .defer("text")
        .order_by("-number")
    )
    context = page(project, axis) | {"versions": versions}
    if versions:
        context["html"] = markdown.render(versions[0].wording)
        pair = {"old": max(versions[0].number - 1, 1), "new": versions[0].number}
        context["comparison"] = ComparisonForm(pair, versions=of_axis(project, axis))
    return render(request, "projects/guideline.html", context)


@require_safe
@never_cache
@manager_required
def version(request: PersonRequest, slug: str, axis: str, number: int) -> HttpResponse:
    project, axis = judged(request, slug, axis)
    shown = get_object_or_404(of_axis(project, axis).select_related("created_by"), number=number)
    steps, before = [], shown.text
    for clarification in shown.clarifications.select_related("created_by"):
        steps.append({"clarification": clarification, "parts": compare(before, clarification.text)})
        before = clarification.text
    context = page(project, axis) | {"version": shown, "html": markdown.render(before), "steps": steps[::-1]}
    return render(request, "projects/guideline_version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest, slug: str, axis: str) -> HttpResponse:
    """The next version."""
    project, axis = judged(request, slug, axis)
    newest = of_axis(project, axis).last()
    before, number = (newest.wording, newest.number + 1) if newest else ("", 1)
    form = GuidelineForm(submitted(request), before=before, number=number, **previewed(request))
    if form.is_valid():
        sent = form.cleaned_data
        try:
            GuidelineVersion.objects.write(project, axis, sent["number"], sent["text"], request.user)
        except Outdated:
            form.overtaken(number=number)
        else:
            said = _("Version %(n)d is written. The next round that opens takes it.") % {"n": number}
            messages.success(request, said)
            return redirect("guideline", slug, axis)
    context = page(project, axis) | writing(form) | {"newest": newest, "number": number}
    context["open_round"] = project.rounds.filter(state=Round.State.OPEN).first()
    return render(request, "projects/guideline_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def clarify(request: PersonRequest, slug: str, axis: str, number: int) -> HttpResponse:
    """The same version in better words."""
    project, axis = judged(request, slug, axis)
    version = get_object_or_404(of_axis(project, axis), number=number)
    before, after = version.wording, version.clarifications.count()
    form = ClarificationForm(submitted(request), before=before, after=after, **previewed(request))
    if form.is_valid():
        sent = form.cleaned_data
        try:
            version.clarify(sent["text"], sent["note"], request.user, after=sent["after"])
        except Outdated:
            form.overtaken(after=after)
        else:
            messages.success(request, _("The clarification is saved. Annotators read the new words from now on."))
            return redirect("guideline_version", slug, axis, number)
    context = page(project, axis) | writing(form) | {"version": version, "after": after}
    return render(request, "projects/guideline_clarify.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@manager_required
def differences(request: PersonRequest, slug: str, axis: str) -> HttpResponse:
    project, axis = judged(request, slug, axis)
    form = ComparisonForm(request.GET or None, versions=of_axis(project, axis))
    context = page(project, axis) | {"form": form}
    if form.is_valid():
        old, new = form.cleaned_data["old"], form.cleaned_data["new"]
        context |= {"old": old, "new": new, "parts": compare(old.wording, new.wording)}
    return render(request, "projects/guideline_differences.html", context, status=422 if form.errors else 200)


def judged(request: PersonRequest, slug: str, axis: str) -> tuple[Project, Axis]:
    """The project, if this person manages it and has this axis; else 404."""
    project = managed_project(request, slug)
    if axis not in project.axes:
        raise Http404
    return project, Axis(axis)


def of_axis(project: Project, axis: Axis) -> QuerySet[GuidelineVersion]:
    return project.guidelines.filter(axis=axis).order_by("number")


def page(project: Project, axis: Axis) -> dict[str, Any]:
    title = _("%(axis)s guideline") % {"axis": axis.label}
    return {"project": project, "axis": axis, "title": title}


def submitted(request: PersonRequest) -> Any:
    """The form as sent to be saved; a visit and a preview save nothing."""
    return request.POST if request.method == "POST" and "preview" not in request.POST else None


def previewed(request: PersonRequest) -> dict[str, str]:
    """What was typed so far, for the form that comes back with a preview."""
    if "preview" not in request.POST:
        return {}
    return {name: request.POST[name] for name in ("text", "note") if name in request.POST}


def writing(form: TextForm) -> dict[str, Any]:
    """The form, and what its text looks like and changes, once it changes anything."""
    text = str(form["text"].value() or "")
    parts = compare(form.before, text)
    return {"form": form, "parts": parts, "html": markdown.render(text) if parts else ""}
