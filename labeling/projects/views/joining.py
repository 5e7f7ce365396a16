"""What an invitation leads to: an account and a place in a cohort, or a place for the account one has."""

from typing import Any, cast

from allauth.account.utils import complete_signup
from allauth.core.internal.ratelimit import consume, respond_429
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from labeling.cohorts import confirmed
from labeling.cohorts.mailing import sends_mail
from labeling.cohorts.models import Consent, ConsentOutdated, ConsentText, Invitation, InvitationClosed, Person
from labeling.projects import markdown
from labeling.projects.access import sign_in_url
from labeling.projects.forms.joining import JoinForm
from labeling.projects.models import Project

FEW = 3  # projects that the page describes
TRIES = {"invitation": "60/m/ip"}  # forms that were sent, and links that are none: a room full of people gets in


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password1", "password2")
@sensitive_variables()
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Whatever is wrong with a link, it looks the same: nobody learns which ones there are or were."""
    invitation = Invitation.objects.find(token)
    counted = invitation is None or request.method == "POST"
    if not consume(request, app="labeling", action="invitation", config=TRIES, limit_get=True, dry_run=not counted):
        return cast(HttpResponse, respond_429(request))
    if request.user.is_authenticated:
        return accept(request, request.user, invitation)
    return sign_up(request, invitation)


def accept(request: HttpRequest, person: Person, invitation: Invitation | None) -> HttpResponse:
    """With the account they are signed in with."""
    if invitation is None:
        return closed(request)
    context = page(invitation) | {"theirs": invitation.is_for(person.email)}
    if request.method != "POST":
        return render(request, "projects/join.html", context)
    try:
        invitation.let_in(person)
    except InvitationClosed:
        return closed(request) if context["theirs"] else render(request, "projects/join.html", context, status=403)
    confirmed.came_by(invitation, person)
    messages.success(request, _("You are in. What there is to do is listed here."))
    return redirect("home")


def sign_up(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    """With a new account. Whoever typed already when the link ended keeps what they typed."""
    if invitation is None and request.method != "POST":
        return closed(request)
    form = JoinForm(request.POST if request.method == "POST" else None, consent=ConsentText.objects.newest())
    person = signed_up(form, invitation) if form.is_valid() else None
    if person and invitation:
        return welcome(request, person, invitation)
    context = page(invitation) | {"form": form, "sign_in_url": sign_in_url(request.path)}
    context["consent"] = markdown.render(form.consent.text) if form.consent else ""
    status = (422 if invitation else 410) if form.errors else 200
    return render(request, "projects/join.html", context, status=status)


def welcome(request: HttpRequest, person: Person, invitation: Invitation) -> HttpResponse:
    """They may work at once, confirmed or not."""
    messages.success(request, _("Welcome, %(name)s. What there is to do is listed here.") % {"name": person.name})
    if not confirmed.came_by(invitation, person) and sends_mail():
        confirmed.send_link(person)
        said = _("A mail is on its way to %(address)s. Open its link when you can: it shows that the address is yours.")
        messages.info(request, said % {"address": person.email})
    return cast(HttpResponse, complete_signup(request, person, None, reverse("home")))


def signed_up(form: JoinForm, invitation: Invitation | None) -> Person | None:
    """The new person; else the form says why there is none."""
    if invitation is None:
        form.add_error(None, _("This invitation does not work any more. Ask whoever sent it to you for a new one."))
        return None
    if not invitation.is_for(form.cleaned_data["email"]):
        form.add_error("email", _("This invitation is for another address: take the one that it was sent to."))
        return None
    person = form.new_person()
    try:
        with transaction.atomic():
            invitation.sign_up(person)
            Consent.objects.give(person, form.consent)
    except InvitationClosed:
        return signed_up(form, None)
    except ConsentOutdated:
        form.consent = ConsentText.objects.newest()
        form.reread()
    except IntegrityError:
        form.add_error("email", _("There is an account with this address already: sign in with it instead."))
    else:
        return person
    return None


def closed(request: HttpRequest) -> HttpResponse:
    return render(request, "projects/join_closed.html", status=410)


def page(invitation: Invitation | None) -> dict[str, Any]:
    """Who invites, and to what."""
    if invitation is None:
        return {}
    projects = list(Project.objects.filter(enrolments__cohort=invitation.cohort_id).distinct().order_by("name"))
    return {
        **{"inviter": invitation.invited_by.name, "personal": bool(invitation.email)},
        **{"projects": projects, "more": len(projects[FEW:])},
    }
