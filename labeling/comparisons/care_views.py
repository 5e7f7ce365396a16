"""What people decide for themselves: whether they do work that may hurt, and whether texts are blurred."""

from django.contrib import messages
from django.core.validators import slug_re
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.comparisons.mine import projects
from labeling.comparisons.next_step import next_step, warning_step
from labeling.comparisons.views import show
from labeling.comparisons.workbench import Desk
from labeling.projects.access import PersonRequest, sign_in_required
from labeling.projects.models import OptIn


@require_safe
@never_cache
@sign_in_required
def care(request: PersonRequest, slug: str) -> HttpResponse:
    """All of it on one page, for one project."""
    project = get_object_or_404(projects(request.user), slug=slug)
    context = {
        **{"project": project, "desk": Desk.of(request.user, project.pk)},
        "opted_in": project.opt_ins.current().filter(person=request.user).first(),
    }
    return render(request, "comparisons/care.html", context)


@require_POST
@sign_in_required
def opt_in(request: PersonRequest, slug: str) -> HttpResponse:
    """Agree to the content warning that one was shown; the answer is the first step behind it, or the warning that has
    come in its place."""
    desk = Desk.at(request.user, slug)
    read = request.POST.get("warning") == warning_step(desk).shown
    if desk.must_be_warned and not (read and OptIn.objects.give(request.user, desk.project)):
        desk = Desk.at(request.user, slug)
        step = next_step(desk)
        step.notice = _("This text has changed since you opened the page: read it again, and decide anew.")
        return show(request, desk, step, status=409)
    desk.opted_in = True
    return show(request, desk, next_step(desk))


@require_POST
@sign_in_required
def opt_out(request: PersonRequest, slug: str) -> HttpResponse:
    """No more of this work, until one agrees again. What one has begun and does not finish is closed like any other."""
    project = get_object_or_404(projects(request.user), slug=slug)
    if project.opt_ins.filter(person=request.user).end():
        messages.success(request, _("You are offered no more of this work. You can come back whenever you like."))
    return redirect("care", slug)


@require_POST
@sign_in_required
def blur(request: PersonRequest) -> HttpResponse:
    """Of this person, on every machine: texts are blurred until they ask for them."""
    request.user.blur("on" in request.POST)
    slug = request.POST.get("project", "")
    back = slug_re.match(slug) and projects(request.user).filter(slug=slug).exists()
    return redirect("care", slug) if back else HttpResponse(status=204)
