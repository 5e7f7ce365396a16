"""What people may know and change about themselves."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labeling.cohorts.confirmed import is_confirmed
from labeling.cohorts.mailing import sends_mail
from labeling.cohorts.models import Person
from labeling.projects.access import PersonRequest, sign_in_required
from labeling.projects.two_factor import has_two_factor
from labeling.quality.own import own_figures


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("As you want to be called. Your managers see it; other annotators do not."),
        error_messages={"required": gettext_lazy("Give a name.")},
        max_length=150,
        widget=forms.TextInput({"autocomplete": "name", "dir": "auto"}),
    )
    layout = forms.ChoiceField(
        label=gettext_lazy("Two responses"), choices=Person.Layout.choices, widget=forms.RadioSelect
    )
    scrolling = forms.ChoiceField(
        label=gettext_lazy("Long responses"), choices=Person.Scrolling.choices, widget=forms.RadioSelect
    )
    blurs_texts = forms.BooleanField(
        label=gettext_lazy("Blur texts until I ask for them"),
        help_text=gettext_lazy("In all projects. While you work, b does the same, and t shows them."),
        required=False,
    )

    @classmethod
    def of(cls, person: Person, data: Any) -> "ProfileForm":
        return cls(data, initial={name: getattr(person, name) for name in cls.base_fields})

    def save(self, person: Person) -> None:
        for name, value in self.cleaned_data.items():
            setattr(person, name, value)
        person.save(update_fields=list(self.cleaned_data))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def profile(request: PersonRequest) -> HttpResponse:
    form = ProfileForm.of(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save(request.user)
        messages.success(request, _("Your profile is saved."))
        return redirect("profile")
    context = {
        **{"form": form, "two_factor": has_two_factor(request.user), "sends_mail": sends_mail()},
        "confirmed": is_confirmed(request.user),
        "consent": request.user.consents.current().select_related("text").order_by("-text__number").first(),
        "own_figures": own_figures(request.user),
        "withdrawal": request.user.withdrawals.current().first(),
    }
    return render(request, "home/profile.html", context, status=422 if form.errors else 200)
