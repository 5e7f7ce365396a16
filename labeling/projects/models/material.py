"""What a project's rounds are made of: guidelines, model versions and prompts."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Self

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects.models.project import Axis, Project
from labeling.projects.signals import checks_asked, model_version_added


class Outdated(Exception):
    """Somebody else wrote meanwhile: what was sent rests on a text that is not the newest any more."""


class GuidelineQuerySet(models.QuerySet["GuidelineVersion"]):
    def write(self, project: Project, axis: str, number: int, text: str, person: Person) -> "GuidelineVersion":
        """Version `number`, which is the next one. Raises Outdated when there is such a version already."""
        if project.guidelines.filter(axis=axis).count() + 1 != number:
            raise Outdated
        try:
            with transaction.atomic():
                return self.create(project=project, axis=axis, number=number, text=text, created_by=person)
        except IntegrityError as error:
            raise Outdated from error


class GuidelineVersion(models.Model):
    """What annotators are told to go by. Never changes (a trigger sees to it): a change is a new version."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guidelines")
    axis = models.CharField(max_length=20, choices=Axis)
    number = models.PositiveIntegerField()
    text = models.TextField(help_text=_("Markdown"))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    objects = GuidelineQuerySet.as_manager()

    class Meta:
        ordering = ["project", "axis", "number"]
        constraints = [models.UniqueConstraint(fields=["project", "axis", "number"], name="guideline_number_once")]

    def __str__(self) -> str:
        return f"{self.project}: {self.get_axis_display()}, version {self.number}"

    @cached_property
    def wording(self) -> str:
        """The text with its clarifications: what annotators read now."""
        newest = self.clarifications.last()
        return newest.text if newest else self.text

    def read_before_by(self, person: Person) -> "GuidelineVersion | None":
        """The newest version before this one that they have acknowledged."""
        older = GuidelineVersion.objects.filter(project=self.project_id, axis=self.axis, number__lt=self.number)
        return older.filter(acknowledgements__person=person).order_by("-number").first()

    @transaction.atomic
    def clarify(self, text: str, note: str, person: Person, *, after: int) -> "Clarification":
        """Annotators read `text` from now on, and nobody is asked to read it anew.

        `after` counts the clarifications that the text rests on. Raises Outdated when there are more by now.
        """
        GuidelineVersion.objects.select_for_update().get(pk=self.pk)
        if self.clarifications.count() != after:
            raise Outdated
        return self.clarifications.create(text=text, note=note, created_by=person)


class Clarification(models.Model):
    """A typo mended in a guideline: the whole text as it reads since, and why. Recorded for ever, asks nobody anew.

    What changes how a pair is judged is a new version instead.
    """

    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="clarifications")
    text = models.TextField(help_text=_("Markdown"))
    note = models.CharField(max_length=300, help_text=_("what was unclear"))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["guideline", "pk"]

    def __str__(self) -> str:
        return f"{self.guideline}: {self.note}"


class Acknowledgement(models.Model):
    """A person has read a guideline version. No work on its axis before that."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="acknowledgements")
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "guideline"], name="acknowledged_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} read {self.guideline}"


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def usable(self) -> Self:
        """Those that a worker has loaded and heard; only they may stand in a round that opens."""
        return self.filter(checked_at__isnull=False)

    def in_state(self, state: str) -> Self:
        """As `ModelVersion.state` says it of each."""
        new = self.filter(checked_at=None).exclude(engine=ModelVersion.Engine.ELSEWHERE)
        elsewhere = self.filter(engine=ModelVersion.Engine.ELSEWHERE)
        return {
            "elsewhere": elsewhere,
            "ready": self.usable(),
            "refused": new.exclude(check_error=""),
            "new": new.filter(check_error=""),
        }[state]

    @transaction.atomic
    def register(self, person: Person, **fields: Any) -> "ModelVersion":
        """A new version, of which a check begins by itself."""
        version = self.create(created_by=person, **fields)
        model_version_added.send(sender=ModelVersion, version=version, person=person)
        return version


class ModelVersion(models.Model):
    """A checkpoint with a system prompt, as one contestant. Once checked it never changes: a change is a new version.

    Until a worker has loaded it, its sha256 may be filled in and the error of a failed check stands here.
    """

    class Engine(models.TextChoices):
        TRANSFORMERS = "transformers"
        SCRIPTED = "scripted"
        OPENAI = "openai", _("OpenAI-compatible server")
        ELSEWHERE = "elsewhere", _("written elsewhere")  # `source` is what an imported file calls it; nothing runs it

    name = models.CharField(max_length=100, unique=True)
    engine = models.CharField(max_length=20, choices=Engine, default=Engine.TRANSFORMERS)
    source = models.CharField(
        max_length=500,
        help_text=_(
            "a folder among the worker's models, by name or by its whole path; "
            "for a server, its URL and the model's name there: http://127.0.0.1:8000/v1#my-model"
        ),
    )
    sha256 = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("hash of the checkpoint; checked by the worker when given; empty for a server"),
    )
    system_prompt = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    checked_at = models.DateTimeField(null=True, editable=False, help_text=_("when a worker first loaded and heard it"))
    check_error = models.TextField(blank=True, editable=False, help_text=_("why the last check failed"))

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(engine="elsewhere") | models.Q(checked_at=None), name="elsewhere_is_never_checked"
            ),
            models.UniqueConstraint(
                fields=["source"], condition=models.Q(engine="elsewhere"), name="one_elsewhere_a_source"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def being_checked(cls, versions: Iterable["ModelVersion"]) -> set[int]:
        """The keys of those of which a check is under way."""
        new = [version.pk for version in versions if version.state == "new"]
        answers: list[tuple[Any, Any]] = checks_asked.send(sender=cls, versions=new) if new else []
        return {pk for _receiver, pks in answers for pk in pks}

    @property
    def state(self) -> str:
        """ready, refused, or new while no check has said either; elsewhere where none ever will."""
        if self.engine == ModelVersion.Engine.ELSEWHERE:
            return "elsewhere"
        if self.checked_at:
            return "ready"
        return "refused" if self.check_error else "new"

    def spec(self) -> dict[str, str]:
        """All a worker needs to know, with the sha256 of its canonical JSON as `hash`."""
        keys = ("engine", "source", "sha256", "system_prompt")
        fields = {key: str(getattr(self, key)) for key in keys}
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"))
        return {**fields, "hash": hashlib.sha256(canonical.encode()).hexdigest()}

    def passed(self, sha256: str) -> bool:
        """A worker has loaded it and it answered; from now on it is this checkpoint and no other. False if it was."""
        unchecked = ModelVersion.objects.filter(pk=self.pk, checked_at=None, sha256__in=("", sha256))
        return unchecked.update(checked_at=timezone.now(), check_error="", sha256=sha256) == 1

    def check_again(self) -> bool:
        """Whatever the last check said no longer counts. False once it is checked, for that is final; and of what was
        written elsewhere, which nothing here can run."""
        new = ModelVersion.objects.filter(pk=self.pk, checked_at=None).exclude(engine=ModelVersion.Engine.ELSEWHERE)
        return new.update(check_error="") == 1

    def failed(self, error: str) -> None:
        """The check did not succeed; `error` says what to do. What was checked before stays so."""
        ModelVersion.objects.filter(pk=self.pk, checked_at=None).update(check_error=error)
