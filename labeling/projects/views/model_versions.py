"""Model versions: the contestants of rounds. They belong to the installation, so every manager sees and adds them."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Count, Prefetch, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labeling.projects import source_words, sources
from labeling.projects.access import PersonRequest, manager_required
from labeling.projects.forms.model_versions import ModelVersionForm, like, offered
from labeling.projects.models import ModelVersion, PairPolicyEntry, Project, Round
from labeling.projects.sources import Kind
from labeling.projects.tables.model_versions import ModelVersionsFilter, ModelVersionsTable, dressed, label, uses
from labeling.projects.typed import whole
from labeling.tables import Listing


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest) -> HttpResponseBase:
    terms: dict[str, Any] = {"dress": dressed, "known": {"viewer": request.user}}
    listing = Listing.of(request, ModelVersionsTable, ModelVersionsFilter, with_uses(request), **terms)
    return listing.answer(request, "projects/model_versions.html", {})


@require_safe
@never_cache
@manager_required
def show(request: PersonRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(with_uses(request), pk=pk)
    kind, parts = sources.parse(version.engine, version.source)
    context = {
        "version": version,
        "checking": version.pk in ModelVersion.being_checked([version]),
        "kind": label(version),
        "parts": [(source_words.PARTS[name], value) for name, value in parts.items()],
        "where": source_words.WHERE[kind],
        "has_hash": kind not in sources.ENGINES,
        "may_repeat": kind in offered(),
        "drafts": drafts_of(request)[:3] if version.state == "ready" else [],
        **uses(version),
    }
    return render(request, "projects/model_version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest) -> HttpResponse:
    """First which kind, then what that kind needs; `like` starts from a version that is there."""
    model = None
    if "like" in request.GET:
        model = get_object_or_404(ModelVersion, pk=number(request.GET["like"]))
    kind = chosen_kind(request, model)
    if kind is None:
        kinds = [
            {"key": kind, "label": source_words.LABELS[kind], "about": source_words.ABOUT[kind]} for kind in offered()
        ]
        return render(request, "projects/model_version_kind.html", {"kinds": kinds})
    form = offered()[kind](request.POST or None, initial=like(model) if model else None)
    if request.method == "POST" and form.is_valid():
        try:
            version = ModelVersion.objects.register(request.user, **form.fields_of_version())
        except IntegrityError:  # somebody took the name in this moment, which the form finds now
            form.full_clean()
        else:
            messages.success(request, _("“%(name)s” was added.") % {"name": version})
            return redirect("model_version", version.pk)
    return show_form(request, form, model)


def show_form(request: PersonRequest, form: ModelVersionForm, model: ModelVersion | None) -> HttpResponse:
    words = {name: getattr(source_words, name.upper())[form.kind] for name in ("labels", "about", "where")}
    context = {"form": form, "model": model, "words": words}
    return render(request, "projects/model_version_new.html", context, status=422 if form.errors else 200)


def chosen_kind(request: PersonRequest, model: ModelVersion | None) -> Kind | None:
    """None when it is still to be asked; 404 for one that is not offered."""
    if model:
        kind: str = sources.kind_of(model.engine, model.source)
    elif not (kind := request.GET.get("kind", "")):
        return None
    if kind not in offered():
        raise Http404
    return Kind(kind)


def with_uses(request: PersonRequest) -> QuerySet[ModelVersion]:
    """With the rounds each is in: by name those that this person manages, the others as a count."""
    mine = PairPolicyEntry.objects.filter(round__project__in=Project.objects.managed_by(request.user))
    own = Prefetch(
        "pairpolicyentry_set", mine.select_related("round__project").order_by("-round_id"), to_attr="own_entries"
    )
    versions = ModelVersion.objects.select_related("created_by").annotate(entries=Count("pairpolicyentry"))
    return versions.prefetch_related(own)


def drafts_of(request: PersonRequest) -> QuerySet[Round]:
    """Where a version that is ready may be chosen."""
    projects = Project.objects.managed_by(request.user)
    return Round.objects.filter(state=Round.State.DRAFT, project__in=projects).select_related("project").order_by("-pk")


def number(text: str) -> int:
    """A primary key from an address; 404 for anything else."""
    if (pk := whole(text)) is None:
        raise Http404
    return pk
