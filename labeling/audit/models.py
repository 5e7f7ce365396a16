"""What was changed, by whom and when: one row for each thing that changed, written by the database itself."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Cohort, Person
from labeling.projects.models import Project

WORDS = " || ".join(
    f"""jsonb_to_tsvector('simple', {column}, '["string", "numeric"]')""" for column in ("about", "before", "after")
)


def kept(model: type[models.Model], name: str) -> Any:
    """A reference that outlives what it points at."""
    return models.ForeignKey(
        model, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name=name, db_index=False
    )


class Event(models.Model):
    """Triggers on the tables that kinds.py names add these rows, and another one refuses to change any.

    So a bulk update, an admin page and a console are in here too. A change that happens outside of a request has no
    actor: on the command line it has a command, in a worker neither.
    """

    class Action(models.TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        REMOVED = "removed", _("removed")
        MADE = "made", _("made")  # nothing of it is in a table

    at = models.DateTimeField(db_default=Now(), db_index=True)
    actor = kept(Person, "acts")
    command = models.CharField(max_length=60, blank=True, default="", db_default="")
    kind = models.CharField(max_length=60, help_text="of kinds.py: app.model in small letters")
    action = models.CharField(max_length=10, choices=Action)
    object_id = models.CharField(max_length=40, blank=True, help_text="empty where many rows are one event")
    rows = models.PositiveIntegerField(default=1)
    person = kept(Person, "events")
    project = kept(Project, "events")
    cohort = kept(Cohort, "events")
    about = models.JSONField(default=dict, help_text="what it is called, and what it belongs to, at the time")
    before = models.JSONField(default=dict, help_text="column: value, of what is no longer so")
    after = models.JSONField(default=dict, help_text="column: value, of what is so since")
    words = models.GeneratedField(
        expression=RawSQL(WORDS, []),  # noqa: S611 - no parameter, nobody's text
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        indexes: ClassVar = [
            *(
                models.Index(fields=[field, "-id"], name=f"audit_by_{field}")
                for field in ("actor", "person", "project", "cohort")
            ),
            models.Index(fields=["kind", "object_id", "-id"], name="audit_by_object"),
            GinIndex(fields=["words"], name="audit_by_words"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} {self.action}"
