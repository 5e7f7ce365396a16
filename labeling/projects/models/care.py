"""Work that people choose: who has agreed to see what a project warns of."""

from typing import Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.projects.models.project import Project


class OptInQuerySet(models.QuerySet["OptIn"]):
    def current(self) -> Self:
        return self.filter(ended_at=None)

    @transaction.atomic
    def give(self, person: Person, project: Project) -> bool:
        """Having read the warning as it is in `project`; twice is once. False where it is another one by now."""
        read = project.content_warning
        if Project.objects.select_for_update(no_key=True).get(pk=project.pk).content_warning != read:
            return False
        self.get_or_create(person=person, project=project, ended_at=None, defaults={"warning": read})
        return True

    def end(self) -> int:
        """Taken back by the person; or the warning is another one, and everybody is asked anew."""
        return self.current().update(ended_at=timezone.now())


class OptIn(models.Model):
    """One person agreed to work in a project after reading its content warning. Rows are kept when they end."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="opt_ins")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="opt_ins")
    warning = models.TextField(help_text="as it was shown")
    given_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = OptInQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "project"], condition=Q(ended_at=None), name="one_current_opt_in")
        ]

    def __str__(self) -> str:
        return f"{self.person.pseudonym} in {self.project}"
