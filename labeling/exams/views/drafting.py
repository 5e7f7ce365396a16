"""What all forms of a draft do with it."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from labeling.exams import drafts
from labeling.exams.drafts import Said
from labeling.exams.models import Exam
from labeling.projects.access import PersonRequest


def draft(pk: int) -> tuple[Exam, Said]:
    """With what its text says."""
    exam = get_object_or_404(Exam, pk=pk, published_at=None)
    return exam, drafts.read(exam)


def seen(request: PersonRequest, exam: Exam) -> str:
    """The text that the page was made of, as long as it comes back with something to mend."""
    return request.POST.get("seen") or drafts.mark(exam)


def saved(request: PersonRequest, exam: Exam, said: Said, form: forms.Form) -> bool:
    try:
        drafts.rewrite(exam, said, request.user, request.POST.get("seen", ""))
    except drafts.NotSaved as problem:
        form.add_error(None, str(problem))
    return not form.errors


def shift(request: PersonRequest, exam: Exam, said: Said, rows: list[Said], place: int) -> None:
    """Up, down, or out, as the button says."""
    if not drafts.shift(rows, place, request.POST.get("act", "")):
        return
    try:
        drafts.rewrite(exam, said, request.user, request.POST.get("seen", ""))
    except drafts.NotSaved as problem:
        messages.error(request, str(problem))
    else:
        if request.POST.get("act") == "remove":
            messages.success(request, _("It is removed."))


def back(pk: int, number: int) -> HttpResponse:
    """To the draft, with this part open."""
    return redirect(f"{reverse('exam', args=[pk])}?part={number}#part-{number}")
