"""What all forms of a draft do with it."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

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


def shift(request: PersonRequest, exam: Exam, said: Said, rows: list[Said], place: int) -> bool:
    """Up, down, or out, as the button says; whether it is out."""
    act = request.POST.get("act", "")
    if not drafts.shift(rows, place, act):
        return False
    save = drafts.remove if act == "remove" else drafts.rewrite
    try:
        save(exam, said, request.user, request.POST.get("seen", ""))
    except drafts.NotSaved as problem:
        messages.error(request, str(problem))
        return False
    return act == "remove"


def back(pk: int, number: int, place: str = "") -> HttpResponse:
    """To the draft, with this part open; at another place of it, if need be."""
    return redirect(f"{reverse('exam', args=[pk])}?part={number}#{place or f'part-{number}'}")
