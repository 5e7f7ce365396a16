"""What people agree to before they work, taking it back, and writing it."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.cohorts.models import Consent, ConsentOutdated, ConsentText, Withdrawal
from labeling.projects import markdown
from labeling.projects.access import PersonRequest, sign_in_required, staff_manager_required
from labeling.projects.differences import compare
from labeling.projects.forms.consents import ConsentTextForm
from labeling.projects.views.guidelines import previewed, submitted, writing


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def show(request: PersonRequest) -> HttpResponse:
    """The newest text, what has changed since the one they agreed to, and agreeing to it."""
    text = ConsentText.objects.newest()
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("home")
    overtaken = False
    if request.method == "POST":
        overtaken = request.POST.get("text", "") != (str(text.pk) if text else "") or not agreed(request, text)
        if not overtaken:
            return redirect(back)
        text = ConsentText.objects.newest()
    before = text.read_before_by(request.user) if text else None
    context = {
        **{"text": text, "html": markdown.render(text.text) if text else "", "overtaken": overtaken},
        **{"before": before, "changes": compare(before.text, text.text) if before and text else []},
        "given": Consent.objects.current().filter(person=request.user, text=text).first() if text else None,
        "withdrawal": Withdrawal.objects.current().filter(person=request.user).first(),
    }
    return render(request, "projects/consent.html", context, status=409 if overtaken else 200)


def agreed(request: PersonRequest, text: ConsentText | None) -> bool:
    try:
        Consent.objects.give(request.user, text)
    except ConsentOutdated:
        return False
    messages.success(request, _("Thank you. You can go on."))
    return True


@require_POST
@sign_in_required
def withdraw(request: PersonRequest) -> HttpResponse:
    Withdrawal.objects.begin(request.user)
    messages.success(request, _("You have withdrawn. You get no more work, and data sets from now on leave yours out."))
    return redirect("profile")


@require_safe
@never_cache
@staff_manager_required
def index(request: PersonRequest) -> HttpResponse:
    current = Count("consents", filter=Q(consents__ended_at=None, consents__person__is_active=True))
    texts = list(ConsentText.objects.select_related("created_by").annotate(agreed=current).order_by("-number"))
    context = {"texts": texts, "html": markdown.render(texts[0].text) if texts else ""}
    return render(request, "projects/consent_texts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_manager_required
def new(request: PersonRequest) -> HttpResponse:
    """The next version."""
    newest = ConsentText.objects.newest()
    before, number = (newest.text, newest.number + 1) if newest else ("", 1)
    form = ConsentTextForm(submitted(request), before=before, number=number, **previewed(request))
    if form.is_valid():
        try:
            ConsentText.objects.write(form.cleaned_data["number"], form.cleaned_data["text"], request.user)
        except ConsentOutdated:
            form.overtaken(number=number)
        else:
            said = _("Version %(n)d is written. Everybody is asked to agree to it before they get more work.")
            messages.success(request, said % {"n": form.cleaned_data["number"]})
            return redirect("consent_texts")
    context = writing(form) | {"newest": newest, "number": number}
    return render(request, "projects/consent_text_new.html", context, status=422 if form.errors else 200)
