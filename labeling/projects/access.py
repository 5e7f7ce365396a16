"""Who may reach a page. Every view of the project wears one of these."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import LazyObject
from django.utils.http import urlencode
from django_htmx.middleware import HtmxDetails

from labeling.cohorts.models import Cohort, Membership, Person
from labeling.projects.models import Enrolment, Project, Role

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


class PersonRequest(HttpRequest):
    """A request of somebody who has signed in."""

    user: Person


def sign_in_required(
    view: Callable[Concatenate[PersonRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R | HttpResponse]:
    """Send a stranger to the sign-in page and back here; htmx is told to take the whole page along."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
        if request.user.is_authenticated:
            request.user = themselves(request.user)
            return view(cast(PersonRequest, request), *args, **kwargs)
        htmx = HtmxDetails(request)
        if htmx:
            answer = HttpResponse(status=401)
            answer["HX-Redirect"] = sign_in_url(htmx.current_url_abs_path)
            return answer
        return redirect(sign_in_url(request.get_full_path() if request.method in ("GET", "HEAD") else None))

    return guarded


def themselves(user: Any) -> Person:
    """Who is behind Django's lazy user, which raises an error of its own, and catches it, with each attribute."""
    return cast(Person, user._wrapped if isinstance(user, LazyObject) else user)


def manager_required(
    view: Callable[Concatenate[PersonRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R | HttpResponse]:
    """For those who manage: to everybody else who has signed in, the page does not exist."""

    @sign_in_required
    @wraps(view)
    def guarded(request: PersonRequest, *args: P.args, **kwargs: P.kwargs) -> R:
        if not may_manage(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def grader_required(
    view: Callable[Concatenate[PersonRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R | HttpResponse]:
    """For those who grade what candidates wrote, each of some exams: managers, and reviewers of any project."""

    @sign_in_required
    @wraps(view)
    def guarded(request: PersonRequest, *args: P.args, **kwargs: P.kwargs) -> R:
        if not may_grade(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def may_grade(person: Person) -> bool:
    return may_manage(person) or person.roles.filter(kind=Role.Kind.REVIEWER).exists()


def may_manage(person: Person) -> bool:
    """Staff may set up the first project of an installation, so they count before they manage any."""
    return person.is_superuser or person.is_staff or Project.objects.managed_by(person).exists()


def manages(request: HttpRequest) -> dict[str, Any]:
    """A context processor: whether the menu offers the pages for managers. Asks where a template does, and once.

    A request that is refused before anybody asked whose it is has no user.
    """
    user = getattr(request, "user", None)
    return {"manages": cache(lambda: user is not None and user.is_authenticated and may_manage(user))}


def sign_in_url(back_to: str | None) -> str:
    """The sign-in page, and the page of ours to come back to."""
    return f"{reverse('account_login')}?{urlencode({'next': back_to or reverse('home')})}"


def managed_project(request: PersonRequest, slug: str) -> Project:
    """The project, if this person manages it; else 404, as if it did not exist."""
    return get_object_or_404(Project.objects.managed_by(request.user), slug=slug)


def reviewed_project(request: PersonRequest, slug: str) -> Project:
    """The project, if this person reviews or manages it; else 404. It knows whether they only review it."""
    return get_object_or_404(Project.objects.reviewed_by(request.user), slug=slug)


def cohorts_for(person: Person) -> QuerySet[Cohort]:
    """Whom a manager may enrol: staff everybody, the others the cohorts that are enrolled in their projects."""
    if lets_people_in(person):
        return Cohort.objects.all()
    return Cohort.objects.filter(enrolments__project__in=Project.objects.managed_by(person)).distinct()


def cohorts_run_by(person: Person) -> QuerySet[Cohort]:
    """Whose people a manager may name and let go: staff all, the others those that work in no project but theirs."""
    elsewhere = Enrolment.objects.exclude(project__in=Project.objects.managed_by(person))
    cohorts = cohorts_for(person)
    return cohorts if lets_people_in(person) else cohorts.exclude(Exists(elsewhere.filter(cohort=OuterRef("pk"))))


def lets_people_in(person: Person) -> bool:
    return person.is_staff or person.is_superuser


def people_for(person: Person) -> QuerySet[Person]:
    """Whom a manager may see: staff everybody, the others whoever is or was in a cohort of their projects."""
    if lets_people_in(person):
        return Person.objects.filter(elsewhere=False)
    theirs = Membership.objects.filter(cohort__in=cohorts_for(person).values("pk"))
    return Person.objects.filter(pk__in=theirs.values("person"))


def sees_names(person: Person) -> bool:
    """Who stands behind a pseudonym: staff know it, who let people in by their addresses; others by permission."""
    return lets_people_in(person) or person.has_perm("cohorts.see_names")


def called(person: Person, by: Person) -> str:
    """By their name, or by their pseudonym alone."""
    return str(person) if sees_names(by) else person.pseudonym


def annotators(people: QuerySet[Person]) -> QuerySet[Person]:
    """Those of them who may sign in and do nothing but annotate: whoever lets them in gains no rights by it."""
    return people.filter(is_active=True, is_staff=False, is_superuser=False, roles=None)


def let_in_by_link(viewer: Person) -> QuerySet[Person]:
    """For whom this manager may make a sign-in link, which is as good as their password.

    Staff for every annotator. The others for accounts by which nobody has come in yet, in no cohort but those that they
    run, now or before: there they take over nothing that somebody did, and nothing of another manager's.
    """
    people = annotators(Person.objects.all())
    if lets_people_in(viewer):
        return people
    if not sees_names(viewer):
        return people.none()  # they could not tell whom to give it to
    elsewhere = Membership.objects.exclude(cohort__in=cohorts_run_by(viewer).values("pk"))
    inside = Exists(Membership.objects.current().filter(person=OuterRef("pk")))
    alone = ~Exists(elsewhere.filter(person=OuterRef("pk")))
    return people.filter(inside, alone, pk__in=Person.objects.untouched())


def staff_manager_required(
    view: Callable[Concatenate[PersonRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R | HttpResponse]:
    """For managers who may also let people into the installation; to everybody else the page does not exist."""

    @manager_required
    @wraps(view)
    def guarded(request: PersonRequest, *args: P.args, **kwargs: P.kwargs) -> R:
        if not lets_people_in(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
