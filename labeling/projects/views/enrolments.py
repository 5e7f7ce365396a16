"""Who judges in a project: cohorts, on which axis, and how much."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.projects.access import PersonRequest, cohorts_for, lets_people_in, managed_project, manager_required
from labeling.projects.forms.enrolments import EnrolmentForm, TermsForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def index(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    cohorts = cohorts_for(request.user).order_by("name")
    form = EnrolmentForm(request.POST if request.method == "POST" else None, project=project, cohorts=cohorts)
    if form.is_valid():
        cohort = form.cleaned_data["cohort"]
        try:
            project.enrol(cohort, **form.terms())
        except IntegrityError:  # somebody did the same in this moment
            form.add_error("axes", _("“%(name)s” has just been enrolled. Reload the page.") % {"name": cohort})
        else:
            messages.success(request, _("“%(name)s” is enrolled.") % {"name": cohort})
            return redirect("enrolments", slug)
    rows = project.enrolments.counted().select_related("cohort").order_by("cohort__name", "axis")
    context = {"project": project, "enrolments": rows, "form": form, "cohorts": cohorts.exists()}
    context["staff"] = lets_people_in(request.user)
    return render(request, "projects/enrolments.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def change(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    project = managed_project(request, slug)
    enrolment = get_object_or_404(project.enrolments.select_related("cohort"), pk=pk)
    terms = {name: getattr(enrolment, name) for name in TermsForm.names}
    form = TermsForm(request.POST if request.method == "POST" else None, initial=terms)
    if form.is_valid():
        project.enrolments.filter(pk=pk).update(**form.cleaned_data)
        messages.success(request, _("“%(name)s” works by this from now on.") % {"name": enrolment.cohort})
        return redirect("enrolments", slug)
    context = {"project": project, "enrolment": enrolment, "form": form, "staff": lets_people_in(request.user)}
    return render(request, "projects/enrolment.html", context, status=422 if form.errors else 200)


@require_POST
@manager_required
def end(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    enrolment = get_object_or_404(managed_project(request, slug).enrolments.select_related("cohort"), pk=pk)
    enrolment.delete()
    said = _("“%(name)s” gets no new work for %(axis)s here. What its people did is kept.")
    messages.success(request, said % {"name": enrolment.cohort, "axis": enrolment.get_axis_display().lower()})
    return redirect("enrolments", slug)
