"""What a project's rounds are made of: guidelines, model versions and prompts."""

import hashlib
import json
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects.models.project import Axis, Project


class GuidelineVersion(models.Model):
    """What annotators are told to go by. Never changes (a trigger sees to it): a change is a new version."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guidelines")
    axis = models.CharField(max_length=20, choices=Axis)
    number = models.PositiveIntegerField()
    text = models.TextField(help_text=_("Markdown"))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["project", "axis", "number"]
        constraints = [models.UniqueConstraint(fields=["project", "axis", "number"], name="guideline_number_once")]

    def __str__(self) -> str:
        return f"{self.project}: {self.get_axis_display()}, version {self.number}"


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


class ModelVersion(models.Model):
    """A checkpoint with a system prompt, as one contestant. Never changes: a change is a new version."""

    class Engine(models.TextChoices):
        TRANSFORMERS = "transformers"
        SCRIPTED = "scripted"
        OPENAI = "openai", _("OpenAI-compatible server")

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

    def __str__(self) -> str:
        return self.name

    def spec(self) -> dict[str, str]:
        """All a worker needs to know, with the sha256 of its canonical JSON as `hash`."""
        keys = ("engine", "source", "sha256", "system_prompt")
        fields = {key: str(getattr(self, key)) for key in keys}
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"))
        return {**fields, "hash": hashlib.sha256(canonical.encode()).hexdigest()}


class PromptSet(models.Model):
    """Prompts that annotators may take instead of writing their own."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class PromptQuerySet(models.QuerySet["Prompt"]):
    def fitting(self, project: Project) -> Self:
        """Safety projects ask for hard prompts, helpfulness projects for no adversarial ones, both for all."""
        category = Prompt.Category
        if project.axes == [Axis.SAFETY]:
            return self.exclude(category=category.EVERYDAY)
        if project.axes == [Axis.HELPFULNESS]:
            return self.exclude(category=category.ADVERSARIAL)
        return self


class Prompt(models.Model):
    """One prompt of a set, tagged as Llama 2's safety prompts are (arXiv 2307.09288, section 4.2)."""

    class Category(models.TextChoices):
        EVERYDAY = "everyday", _("everyday help")
        BORDERLINE = "borderline", _("looks unsafe, is not")
        ADVERSARIAL = "adversarial", _("adversarial")

    class Risk(models.TextChoices):
        ILLICIT = "illicit", _("illicit and criminal activities")
        HATEFUL = "hateful", _("hateful and harmful activities")
        UNQUALIFIED = "unqualified", _("unqualified advice")

    class Attack(models.TextChoices):
        PSYCHOLOGICAL = "psychological", _("psychological manipulation")
        LOGIC = "logic", _("logic manipulation")
        SYNTACTIC = "syntactic", _("syntactic manipulation")
        SEMANTIC = "semantic", _("semantic manipulation")
        PERSPECTIVE = "perspective", _("perspective manipulation")
        NON_ENGLISH = "non_english", _("non-English language")
        OTHER = "other", _("other")

    prompt_set = models.ForeignKey(PromptSet, on_delete=models.CASCADE, related_name="prompts")
    text = models.TextField()
    language = models.CharField(max_length=35, default="en", help_text=_("BCP 47 tag"))
    category = models.CharField(max_length=20, choices=Category, default=Category.EVERYDAY)
    risk = models.CharField(max_length=20, choices=Risk, blank=True)
    attack = models.CharField(max_length=20, choices=Attack, blank=True)

    objects = PromptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(category="adversarial") | ~Q(risk="") & ~Q(attack=""),
                name="adversarial_prompt_is_tagged",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]
