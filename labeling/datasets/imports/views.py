"""A file is sent in parts, its columns are said, its rows checked, and what fits is stored."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.datasets.imports import preview, tables, uploads, words
from labeling.datasets.imports.forms import ColumnsForm, FileForm, PairColumnsForm, PromptColumnsForm
from labeling.datasets.imports.running import forget, reader_for, source_of
from labeling.datasets.imports.wrong import Unreadable
from labeling.datasets.models import Import
from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.models import PromptSet
from labeling.tables import Listing
from labeling.tables.listing import whole

MOST = 200  # imports of a project that are listed
PART = 1_000_000  # bytes, of which a request takes no more than two million


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def into_set(request: PersonRequest, pk: int) -> HttpResponse:
    prompt_set = get_object_or_404(PromptSet, pk=pk)
    refuse_who_may_not_change(request, prompt_set)
    return new(request, "datasets/prompts_import.html", {"set": prompt_set}, prompt_set=prompt_set)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def of_project(request: PersonRequest, slug: str) -> HttpResponse:
    """What was brought into a project, and where the next file may be chosen."""
    project = managed_project(request, slug)
    context = {"project": project, "imports": project.imports.select_related("round").order_by("-created_at")[:MOST]}
    return new(request, "datasets/imports.html", context, project=project, axis=project.axes_in_order()[0])


def new(request: PersonRequest, template: str, context: dict[str, Any], **place: Any) -> HttpResponse:
    """Where a file may be chosen; and what is answered once one was."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if not form.is_valid():
        return render(request, template, {**context, "form": form, "part": PART}, status=422 if form.errors else 200)
    data = form.cleaned_data
    imported = Import.objects.create(made_by=request.user, name=data["name"], size=data["size"], **place)
    if data["file"] is None:
        return JsonResponse(where(imported))
    begins = 0
    try:
        for part in data["file"].chunks():
            begins = uploads.append(imported.pk, begins, part, imported.size)
    except OSError as error:
        imported.cancel()
        forget(imported)
        form.add_error("file", words.not_kept(error))
        return render(request, template, {**context, "form": form, "part": PART}, status=507)
    imported.received()
    return redirect("import", imported.pk)


@require_POST
@manager_required
def part(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The next bytes of the file; what comes twice is answered with where the file ends."""
    imported = own(request, pk)
    begins = whole(request.GET.get("begins", ""))
    if imported.state != Import.State.RECEIVING or begins is None:
        return JsonResponse({**where(imported), "received": imported.size}, status=409)
    try:
        received = uploads.append(imported.pk, begins, request.body, imported.size)
    except uploads.Misplaced as misplaced:
        return JsonResponse({**where(imported), "received": misplaced.size}, status=409)
    except OSError as error:
        return JsonResponse({"problem": words.not_kept(error)}, status=507)
    if received == imported.size:
        imported.received()
    return JsonResponse({**where(imported), "received": received})


def where(imported: Import) -> dict[str, Any]:
    return {"page": reverse("import", args=[imported.pk]), "parts": reverse("import_part", args=[imported.pk])}


@require_safe
@never_cache
@manager_required
def show(request: PersonRequest, pk: UUID) -> HttpResponseBase:
    """Wherever it is: what is asked of whoever looks at it, how far it has come, or what became of it."""
    imported = own(request, pk)
    if imported.state == Import.State.MAPPING:
        return redirect("import_columns", pk)
    if "state" in request.GET:
        return state(request, imported)
    left_out = imported.rows.exclude(wrong="") if imported.checked_at else imported.rows.none()
    listing = Listing.of(request, tables.ProblemsTable, tables.ProblemsFilter, left_out)
    context = {"imported": imported, "form": FileForm(), "part": PART, "received": uploads.received(imported.pk)}
    return listing.answer(request, "datasets/import.html", context)


def state(request: PersonRequest, imported: Import) -> HttpResponse:
    """How far it has come; once it is over the whole page looks different."""
    if imported.is_at_work:
        return render(request, "datasets/import.html#state", {"imported": imported})
    return HttpResponse(headers={"HX-Refresh": "true"})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def columns(request: PersonRequest, pk: UUID) -> HttpResponse:
    """What is in which column, with the first rows as they would be understood; then all of them are checked."""
    imported = own(request, pk)
    if imported.state not in (Import.State.MAPPING, Import.State.CHECKED, Import.State.FAILED):
        return redirect("import", pk)
    try:
        sample = source_of(imported).sample()
    except Unreadable as error:
        return render(
            request, "datasets/import_unreadable.html", {"imported": imported, "problem": words.trouble(error)}
        )
    asked = request.POST if request.method == "POST" else request.GET or None
    form = columns_form(imported, asked, preview.columns(sample))
    if request.method == "POST" and form.is_valid():
        imported.ask_to_check(form.mapping(), form.cleaned_data.get("axis", ""))
        return redirect("import", pk)
    mapping = form.chosen()
    if asked and form.is_valid():
        imported.axis = form.cleaned_data.get("axis", "")
    rows = preview.preview(sample, reader_for(imported, mapping)) if mapping else []
    context = {"imported": imported, "form": form, "rows": rows, "fitting": sum(not row.problem for row in rows)}
    status = 422 if request.method == "POST" else 200
    template = "datasets/import_columns.html"
    return render(
        request, f"{template}#preview" if "HX-Request" in request.headers else template, context, status=status
    )


def columns_form(imported: Import, asked: Any, columns: list[str]) -> ColumnsForm:
    known: dict[str, Any] = {"columns": columns, "mapping": imported.mapping}
    if imported.project is None:
        return PromptColumnsForm(asked, **known)
    return PairColumnsForm(asked, axes=imported.project.axes_in_order(), axis=imported.axis, **known)


@require_POST
@manager_required
def store(request: PersonRequest, pk: UUID) -> HttpResponse:
    imported = own(request, pk)
    if imported.prompt_set:
        refuse_who_may_not_change(request, imported.prompt_set)
    if not imported.ask_to_store():
        messages.error(request, _("This was decided in another tab, or by somebody else, in this moment."))
    return redirect("import", pk)


@require_POST
@manager_required
def cancel(request: PersonRequest, pk: UUID) -> HttpResponse:
    imported = own(request, pk)
    if not imported.cancel():
        messages.error(request, _("It is too late to cancel: it is stored, or it was cancelled already."))
    imported.refresh_from_db()
    if imported.state == Import.State.CANCELLED:
        forget(imported)
    return redirect("import", pk)


def own(request: PersonRequest, pk: UUID) -> Import:
    mine = Import.objects.of(request.user).select_related("project", "prompt_set", "round")
    return get_object_or_404(mine, pk=pk)


def refuse_who_may_not_change(request: PersonRequest, prompt_set: PromptSet) -> None:
    """Every manager sees a set, so to those who may not change it that is forbidden, not absent."""
    if not PromptSet.objects.changeable_by(request.user).filter(pk=prompt_set.pk).exists():
        raise PermissionDenied
