"""The queue of texts that wait for a grade. Whoever grades does not learn whose they are."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.exams.forms import GradeForm
from labeling.exams.models import Answer
from labeling.projects.access import PersonRequest, grader_required


@require_safe
@never_cache
@grader_required
def index(request: PersonRequest) -> HttpResponse:
    return queue(request, GradeForm())


def queue(request: PersonRequest, form: GradeForm, answer: Answer | None = None, status: int = 200) -> HttpResponse:
    """One text at a time: `answer`, or the one that has waited longest."""
    waiting = Answer.objects.to_grade(request.user).select_related("item__part__exam")
    context = {"answer": answer or waiting.first(), "count": waiting.count(), "form": form}
    return render(request, "exams/grading.html", context, status=status)


@require_POST
@never_cache
@grader_required
def grade(request: PersonRequest, pk: int) -> HttpResponse:
    answer = get_object_or_404(Answer.objects.texts_for(request.user).select_related("item__part__exam"), pk=pk)
    form = GradeForm(request.POST)
    if not form.is_valid():
        return queue(request, form, answer, status=422)
    if answer.grade_with(request.user, **form.cleaned_data):
        messages.success(request, _("Graded."))
    else:
        messages.error(request, _("That text wants no more grades: others gave theirs meanwhile."))
    return redirect("grading")
