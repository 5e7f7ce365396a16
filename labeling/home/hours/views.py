"""Hours: one's own, to check; and everybody's whom one manages, to pay by."""

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.dialogues.templatetags.figures import hours
from labeling.home.hours import counted
from labeling.home.hours.counted import Period
from labeling.home.hours.outcomes import tell_apart, with_outcomes
from labeling.home.hours.tables import HoursFilter, HoursTable
from labeling.home.people.tables import hidden_from
from labeling.projects.access import PersonRequest, manager_required, sign_in_required
from labeling.tables import Listing


@require_safe
@never_cache
@sign_in_required
def own(request: PersonRequest) -> HttpResponse:
    period = Period.month(request.GET.get("month", ""))
    rows = counted.timesheet(request.user, period)
    tell_apart(request.user, period, rows)
    context = {"period": period, "rows": rows, "total": counted.summed(rows), "zone": timezone.localtime().tzname()}
    return render(request, "home/hours/own.html", context)


@require_safe
@never_cache
@manager_required
def everybodys(request: PersonRequest) -> HttpResponseBase:
    period = Period.of(request.GET)
    asked = request.GET.copy()
    asked["since"], asked["until"] = period.since.isoformat(), period.until.isoformat()
    terms = {"data": asked, "viewer": request.user, "hidden": hidden_from(request.user)}
    terms |= {"ranks": counted.ranks(request.user, period), "dress": with_outcomes(request.user, period)}
    listing = Listing.of(request, HoursTable, HoursFilter, counted.hours(request.user, period), **terms)
    total = counted.in_all(request.user, period, listing.filter.qs)
    said = ngettext("%(n)s judgement, %(time)s at work", "%(n)s judgements, %(time)s at work", total["judged"])
    context = {"said": said % {"n": intcomma(total["judged"]), "time": hours(total["seconds"])}}
    return listing.answer(request, "home/hours/everybodys.html", context)
