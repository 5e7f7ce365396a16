"""The projects somebody manages, and what is set up in each."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.projects.access import PersonRequest, managed_project, manager_required
from labeling.projects.forms.projects import NewProjectForm, SettingsForm
from labeling.projects.models import Project, Role
from labeling.projects.setting_up import next_step
from labeling.projects.tables.projects import ProjectsFilter, ProjectsTable
from labeling.tables import Listing


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest) -> HttpResponseBase:
    projects = Project.objects.managed_by(request.user).prefetch_related("rounds")
    return Listing.of(request, ProjectsTable, ProjectsFilter, projects).answer(request, "projects/index.html", {})


@require_safe
@never_cache
@manager_required
def show(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    enrolments = list(project.enrolments.counted().select_related("cohort").order_by("cohort__name"))
    guidelines = {guideline.axis: guideline for guideline in project.guidelines.defer("text").order_by("number")}
    axes = [
        {
            "label": axis.label,
            "guideline": guidelines.get(axis),
            "enrolments": [enrolment for enrolment in enrolments if enrolment.axis == axis],
        }
        for axis in project.axes_in_order()
    ]
    rounds = project.rounds.listed()
    managers = project.roles.filter(kind=Role.Kind.MANAGER).select_related("person").order_by("person__email")
    context = {"project": project, "axes": axes, "rounds": rounds, "managers": managers, "next": next_step(project)}
    return render(request, "projects/project.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def new(request: PersonRequest) -> HttpResponse:
    form = NewProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            project = Project.objects.start(request.user, **form.cleaned_data)
        except IntegrityError:  # somebody took the address in this moment, which the form finds now
            form.full_clean()
        else:
            messages.success(request, _("“%(name)s” is there. The next step stands below.") % {"name": project})
            return redirect("project", project.slug)
    return render(request, "projects/new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
@transaction.atomic
def settings(request: PersonRequest, slug: str) -> HttpResponse:
    managed = managed_project(request, slug)
    project = Project.objects.select_for_update().get(pk=managed.pk) if request.method == "POST" else managed
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=project)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The settings are saved."))
        return redirect("project_settings", slug)
    context = {"project": managed, "form": form}
    return render(request, "projects/settings.html", context, status=422 if form.errors else 200)


@require_POST
@manager_required
def stop(request: PersonRequest, slug: str) -> HttpResponse:
    managed_project(request, slug).stop()
    messages.success(request, _("The project is stopped: nobody gets work in it until you resume it."))
    return redirect("project", slug)


@require_POST
@manager_required
def resume(request: PersonRequest, slug: str) -> HttpResponse:
    managed_project(request, slug).resume()
    messages.success(request, _("The project goes on."))
    return redirect("project", slug)
