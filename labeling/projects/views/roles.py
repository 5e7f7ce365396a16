"""Who manages a project and who reviews it: given and taken by its managers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.forms.roles import RoleForm
from labeling.projects.giving_roles import LastManager, give
from labeling.projects.giving_roles import end as take
from labeling.projects.models import Project, Role


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def index(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    form = RoleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        named = {"name": form.cleaned_data["person"], "role": Role.Kind(form.cleaned_data["kind"]).label.lower()}
        is_new = give(project, **form.cleaned_data)
        said = _("%(name)s is a %(role)s now.") if is_new else _("%(name)s is a %(role)s already.")
        messages.success(request, said % named)
        return redirect("roles", slug)
    roles = project.roles.select_related("person").order_by("kind", "person__email")
    context = {"project": project, "roles": roles, "form": form}
    return render(request, "projects/roles.html", context, status=422 if form.errors else 200)


@require_POST
@manager_required
def end(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    role = get_object_or_404(managed_project(request, slug).roles.select_related("person"), pk=pk)
    named = {"name": role.person, "role": role.get_kind_display().lower()}
    try:
        take(role)
    except LastManager:
        messages.error(request, _("Somebody has to manage the project: give the role to somebody else first."))
    else:
        messages.success(request, _("%(name)s is no %(role)s of the project any more.") % named)
    still = Project.objects.managed_by(request.user).filter(slug=slug).exists()
    return redirect("roles", slug) if still else redirect("home")
