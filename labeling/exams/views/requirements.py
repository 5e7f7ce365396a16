"""What a project asks of people before they work on an axis."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.exams.forms import RequirementForm
from labeling.exams.models import Requirement
from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.typed import whole


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def index(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    requirement, named = Requirement(project=project), whole(request.GET.get("qualification", ""))
    form = RequirementForm(
        request.POST if request.method == "POST" else None, instance=requirement, initial={"qualification": named}
    )
    if form.is_valid():
        counted = form.ask(request.user)
        messages.success(request, _("Nobody works there without it from now on.") + counted_in_words(counted))
        return redirect("requirements", slug)
    asked = (
        project.requirements.counted().select_related("qualification", "since").order_by("axis", "qualification__name")
    )
    context = {"project": project, "form": form, "requirements": asked}
    return render(request, "exams/requirements.html", context, status=422 if form.errors else 200)


def counted_in_words(people: int) -> str:
    if not people:
        return ""
    said = ngettext("One person was given it.", "%(n)d people were given it.", people) % {"n": people}
    return f" {said}"


@require_POST
@manager_required
def end(request: PersonRequest, slug: str, requirement: int) -> HttpResponse:
    project = managed_project(request, slug)
    get_object_or_404(project.requirements, pk=requirement).delete()
    messages.success(request, _("It is no longer asked for; whoever has it keeps it."))
    return redirect("requirements", slug)
