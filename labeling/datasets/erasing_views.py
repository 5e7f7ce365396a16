"""What became of snapshots: who trained on them, what differs between two, and taking back what has left."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.datasets import differences, erasing, holding_out
from labeling.datasets.artifacts import UNREADABLE
from labeling.datasets.in_words import asked_for
from labeling.datasets.models import NotNow, Snapshot, Use
from labeling.datasets.wanted import Wanted
from labeling.datasets.words import trouble
from labeling.projects.access import PersonRequest, managed_project, manager_required


class UseForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Model or run"), max_length=200)


class EraseForm(forms.Form):
    why = forms.CharField(label=gettext_lazy("Why"), max_length=500)


@require_safe
@never_cache
@manager_required
def difference(request: PersonRequest, slug: str, number: int, other: int) -> HttpResponse:
    """From the first to the second, a page of rows after a given one."""
    project = managed_project(request, slug)
    found = Snapshot.objects.filter(project=project).exclude(digest="")
    one, two = (get_object_or_404(found, number=asked) for asked in (number, other))
    kind = request.GET.get("kind", "")
    rows = differences.page(one, two, kind if kind in set(differences.Kind) else "", after(request))
    before, now = (dict(asked_for(Wanted.of(snapshot.wanted))) for snapshot in (one, two))
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    context: dict[str, Any] = {
        **{"project": project, "one": one, "two": two, "kind": kind, "rows": rows},
        **{"counts": differences.counts(one, two), "more": len(rows) == differences.PAGE},
        "asked": [(name, before.get(name, ""), now.get(name, "")) for name in names],
    }
    return render(request, "datasets/difference.html", context)


def after(request: PersonRequest) -> UUID | None:
    try:
        return UUID(request.GET["after"]) if "after" in request.GET else None
    except ValueError as error:
        raise Http404 from error


@require_safe
@never_cache
@manager_required
def withdrawals(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    return render(request, "datasets/withdrawals.html", {"project": project, "gone": erasing.withdrawn(project)})


@require_POST
@manager_required
def use(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    snapshot, form = counted_one(request, slug, number), UseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what the model or the run is called."))
        return redirect("snapshot", slug, number)
    noted = _("That is noted already.")
    if snapshot.uses.filter(**form.cleaned_data).exists():
        messages.error(request, noted)
        return redirect("snapshot", slug, number)
    try:
        with transaction.atomic():
            since = holding_out.note_use(Use(snapshot=snapshot, noted_by=request.user, **form.cleaned_data))
    except IntegrityError:  # in this moment
        messages.error(request, noted)
        return redirect("snapshot", slug, number)
    messages.success(request, _("It is noted. The prompts that it was trained on are never held out from now on."))
    if since:
        said = ngettext(
            "%(n)d of them was held out since the snapshot was made: do not test that model with it.",
            "%(n)d of them were held out since the snapshot was made: do not test that model with these.",
            since,
        )
        messages.warning(request, said % {"n": since})
    return redirect("snapshot", slug, number)


@require_POST
@manager_required
def erase(request: PersonRequest, slug: str, number: int) -> HttpResponse:
    snapshot, form = counted_one(request, slug, number), EraseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why: it stays beside the snapshot for ever."))
        return redirect("snapshot", slug, number)
    try:
        erasing.erase(snapshot, request.user, form.cleaned_data["why"])
    except NotNow:
        messages.error(request, _("There are no files of it to erase."))
    except UNREADABLE as error:
        said = _("Some files could not be deleted. %(why)s Then erase it once more.")
        messages.error(request, said % {"why": trouble(error)})
    else:
        messages.success(request, _("Its files are erased. Its manifest and its hashes stay."))
    return redirect("snapshot", slug, number)


def counted_one(request: PersonRequest, slug: str, number: int) -> Snapshot:
    project = managed_project(request, slug)
    return get_object_or_404(Snapshot.objects.exclude(digest=""), project=project, number=number)
