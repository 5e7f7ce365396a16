"""The page people land on: what is waiting for them, and what they manage."""

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.cohorts.models import Person
from labeling.comparisons.models import Comparison
from labeling.comparisons.workbench import Desk
from labeling.exams import standing
from labeling.home.needs import managed
from labeling.projects.access import PersonRequest, sign_in_required
from labeling.projects.models import Project
from labeling.projects.setting_up import why_done


@require_safe
@never_cache
@sign_in_required
def home(request: PersonRequest) -> HttpResponse:
    person = request.user
    desks = Desk.all_of(person)
    without, ready = without_work(person, desks), pairs_to_judge(person, desks)
    needs, running = managed(list(Project.objects.managed_by(person).order_by("name", "pk")), person)
    tests = standing.all_of(person) if any(desk.lacking for desk in desks) else []
    work = [
        {
            **enrolled(desk, has_work=desk.project.pk not in without, ready=ready[desk.project.pk]),
            "test": test_before(desk, tests),
        }
        for desk in desks
    ]
    context = {
        "enrolments": sorted(work, key=lambda one: not one["open"]),  # those in which there is something to do first
        **{"needs": needs, "running": running},
        "reviews": Project.objects.only_reviewed_by(person).order_by("name", "pk"),
        "withdrawn": not desks and person.withdrawals.current().exists(),
    }
    return render(request, "home/home.html", context)


def without_work(person: Person, desks: list[Desk]) -> set[int]:
    """The projects whose open round needs nobody any more, but where this person has a pair to finish."""
    done = why_done([desk.round for desk in desks if desk.round])
    if not done:
        return set()
    begun = Comparison.objects.under_way().filter(round__in=done, turn__dialogue__author=person)
    unfinished = set(begun.values_list("project", flat=True))
    return {desk.project.pk for desk in desks if desk.round and desk.round.pk in done} - unfinished


def pairs_to_judge(person: Person, desks: list[Desk]) -> Counter[int]:
    """By project, how many complete pairs of their own wait for their judgement."""
    rounds = [desk.round for desk in desks if desk.round]
    ready = Comparison.objects.under_way().filter(
        round__in=rounds, ready_at__isnull=False, turn__dialogue__author=person
    )
    return Counter(ready.values_list("project", flat=True))


def enrolled(desk: Desk, *, has_work: bool, ready: int) -> dict[str, Any]:
    return {
        "project": desk.project,
        "axes": [axis.label for axis in desk.axes],
        "waiting": waiting(desk, has_work=has_work, ready=ready),
        "open": desk.round is not None and has_work and not desk.finished_for_today,
        "answers": len(desk.answers),
        "done": desk.done_today,
        "quota": desk.quota_today,
    }


def test_before(desk: Desk, tests: list[standing.Standing]) -> dict[str, str] | None:
    """What to pass for work, or for work on another axis, and the button that leads there."""
    if not desk.lacking:
        return None
    first = standing.first_of(tests, desk.lacking)
    if first is None:
        return {"sentence": _("It takes a qualification that no test is open for. Ask your manager."), "label": ""}
    if first.waits_for_grades:
        said, label = _("Your test “%(name)s” is being graded. You will be able to work when it is passed."), ""
    elif first.current:
        said, label = _("You are in the middle of the test “%(name)s”."), _("Go on with the test")
    else:
        said, label = _("Pass the test “%(name)s” first."), _("Go to the test")
    url = reverse("attempt", args=[first.current.pk]) if first.current else reverse("test", args=[first.exam.pk])
    return {"sentence": said % {"name": first.exam.name}, "label": label, "url": url}


def waiting(desk: Desk, *, has_work: bool, ready: int) -> str:
    """One sentence on what there is to do."""
    if desk.round is None:
        return without_round(desk)
    if not has_work:
        return _("Round %(n)d has what it needs.") % {"n": desk.round.number}
    if desk.saw_enough:
        return _("Enough safety work for today.")
    if desk.finished:
        return _("All of your judgements are in.")
    if desk.finished_for_today:
        return _("Done for today.")
    if to_read := reading(desk):
        return to_read
    if ready:
        return ngettext("%(n)d pair waits for you.", "%(n)d pairs wait for you.", ready) % {"n": ready}
    return _("Round %(n)d is open.") % {"n": desk.round.number}


def without_round(desk: Desk) -> str:
    """Why there is none in which they work."""
    if desk.paused:
        return _("You are paused: “%(reason)s”") % {"reason": desk.paused}
    if desk.lacking and not desk.axes:
        return ""  # the test is named instead
    return _("Paused.") if desk.project.stopped_at else _("No round is open.")


def reading(desk: Desk) -> str:
    """What there is to read before any work."""
    if desk.person.must_agree:
        return _("There is something to read and agree to first.")
    return _("There is a guideline to read first.") if any(axis in desk.unread for axis in desk.axes) else ""
