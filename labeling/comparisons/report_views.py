"""Problems that annotators report, from a pair or away from one, and what managers answer."""

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.comparisons import reading, reports
from labeling.comparisons.forms import AnswerForm, ProjectReportForm, ReportForm
from labeling.comparisons.mine import projects
from labeling.comparisons.models import AnswerSeen, Report
from labeling.comparisons.panels import report_panel
from labeling.projects.access import PersonRequest, managed_project, manager_required, sign_in_required
from labeling.projects.models import Project
from labeling.projects.typed import whole


@require_POST
@sign_in_required
def report(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """About one's own pair, which stays as it is: the answer is the panel alone, closed again and empty."""
    assignment = reading.assignment(request.user, pk)
    if assignment is None:
        raise Http404
    form = ReportForm(request.POST)
    fresh = {"key": uuid.uuid4()}
    if not form.is_valid():
        context = {"panel": report_panel(assignment, form), "step": fresh}
        return render(request, "comparisons/panel.html", context, status=422)
    said = form.cleaned_data
    Report.objects.tell(assignment, said["reason"], said["comment"], said["key"])
    return render(request, "comparisons/panel.html", {"panel": report_panel(assignment), "step": fresh})


@require_POST
@sign_in_required
def answer_seen(request: PersonRequest, pk: int) -> HttpResponse:
    """It is shown at work no more, and stays in the list. The answer is empty, and takes its place."""
    mine = Report.objects.shown_to(request.user).filter(project__in=projects(request.user))
    report = get_object_or_404(mine.exclude(answered_at=None), pk=pk)
    AnswerSeen.objects.get_or_create(report=report, person=request.user)
    return HttpResponse()


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def my_reports(request: PersonRequest, slug: str) -> HttpResponse:
    """With a form for what is about no pair."""
    project = get_object_or_404(projects(request.user), slug=slug)
    form = ProjectReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        Report.objects.tell_of(project, request.user, said["reason"], said["comment"], said["key"])
        messages.success(request, _("Your report is sent. The answer will stand here, and above your work."))
        return redirect("my_reports", slug)
    shown = reports.shown_to(request.user, project)
    rows, more = reports.page(shown, last(request, shown))
    context = {
        **{"project": project, "reports": rows, "more": more, "form": form},
        "told": project.reports.filter(person=request.user).count(),
        "works_here": Project.objects.open_to(request.user).filter(pk=project.pk).exists(),
    }
    return render(request, "comparisons/my_reports.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@manager_required
def index(request: PersonRequest, slug: str) -> HttpResponse:
    project = managed_project(request, slug)
    found = reports.of(project)
    rows, more = reports.page(found, last(request, found))
    context = {"project": project, "reports": rows, "more": more, "waiting": project.reports.open().count()}
    return render(request, "comparisons/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@manager_required
def show(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """One report with the pair behind it, and the form that answers it."""
    project = managed_project(request, slug)
    pair = ("assignment__judgement", "assignment__comparison__first", "assignment__comparison__second")
    report = get_object_or_404(reports.of(project).select_related(*pair), pk=pk)
    said = {"answer": report.answer, "to_everyone": report.to_everyone}
    form = AnswerForm(request.POST if request.method == "POST" else None, initial=said)
    if request.method == "POST" and form.is_valid():
        report.say(request.user, form.cleaned_data["answer"], to_everyone=form.cleaned_data["to_everyone"])
        messages.success(request, told(report))
        return redirect("reports", slug)
    context = {"project": project, "report": report, "form": form, "pair": reports.Behind.of(report)}
    return render(request, "comparisons/report.html", context, status=422 if form.errors else 200)


def told(report: Report) -> str:
    """Who sees the answer."""
    if report.to_everyone:
        return _("Everybody in the project sees your answer when they work.")
    return _("%(name)s sees your answer when they work.") % {"name": report.person.pseudonym}


def last(request: PersonRequest, found: QuerySet[Report]) -> Report | None:
    """The last report of the page before."""
    key = whole(request.GET.get("after", ""))
    return found.filter(pk=key).first() if key is not None else None
