"""Which events somebody asks for."""

from datetime import date, datetime, time, timedelta

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.utils.timezone import make_aware

from labeling.audit.models import Event
from labeling.cohorts.models import Cohort, Person
from labeling.projects.models import Project


def by(text: str, *, by_name: bool) -> Q:
    """Who changed it is like that."""
    return Q(actor__in=people(text, by_name=by_name))


def about(text: str, *, by_name: bool) -> Q:
    """Whom or what it concerns is like that."""
    named = {"name__icontains": text}
    places = Q(project__in=Project.objects.filter(**named)) | Q(cohort__in=Cohort.objects.filter(**named))
    return Q(person__in=people(text, by_name=by_name)) | places


def people(text: str, *, by_name: bool) -> QuerySet[Person]:
    like = Q(pseudonym__icontains=text)
    if by_name:
        like |= Q(name__icontains=text) | Q(email__icontains=text)
    return Person.objects.filter(like)


def midnight(day: date, *, days: int = 0) -> datetime | None:
    """At which that day begins, or one so many days later. No calendar of ours goes on for ever."""
    if not 1970 < day.year < 9999:
        return None
    return make_aware(datetime.combine(day + timedelta(days=days), time()))


def beginning(text: str) -> SearchQuery:
    """Every word of it, each of which may go on."""
    quoted = (word.replace("'", "''") for word in text.replace("\\", " ").split())
    return SearchQuery(" & ".join(f"'{word}':*" for word in quoted), config="simple", search_type="raw")


def of_project(project: Project) -> QuerySet[Event]:
    """What concerns it, the people of its cohorts included."""
    cohorts = Cohort.objects.filter(enrolments__project=project)
    return Event.objects.filter(Q(project=project) | Q(project=None, cohort__in=cohorts))
