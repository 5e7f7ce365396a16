"""Prompts that annotators may take instead of writing their own, in sets that rounds draw on."""

from collections.abc import Sequence
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from labeling.cohorts.models import Person
from labeling.projects.models.project import Axis, Project


class Duplicates(Exception):
    """Some prompts are there already: by their place in the list, the place of the same one before, None for the set.

    Places are counted from 0.
    """

    def __init__(self, places: dict[int, int | None]) -> None:
        super().__init__(f"{len(places)} prompts are there already")
        self.places = places


class PromptRemoved(Exception):
    """A manager has taken the prompt out of its set in this moment."""


class PromptSetQuerySet(models.QuerySet["PromptSet"]):
    def changeable_by(self, person: Person) -> Self:
        """A set is every manager's until a round with it opens; a draft gives no right to it and takes none.

        Then it is theirs who manage such a project, and every project in which such a round still runs.
        """
        rounds = {"rounds__prompt_set": OuterRef("pk")}
        opened = Project.objects.filter(**rounds, rounds__state__in=("open", "review", "closed"))
        running = Project.objects.filter(**rounds, rounds__state__in=("open", "review"))
        mine = Q(pk__in=Project.objects.managed_by(person))
        if person.is_superuser:
            return self.all()
        return self.filter(~Exists(opened) | Exists(opened.filter(mine)), ~Exists(running.exclude(mine)))


class PromptSet(models.Model):
    """Prompts that annotators may take instead of writing their own."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)

    objects = PromptSetQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def add(self, texts: Sequence[str], *, leave_out: bool = False, **tags: str) -> int:
        """All of these prompts, under the same tags, or none. Raises Duplicates, unless those are to be left out.

        Two prompts that differ in white space and capitals alone are one. Returns how many were added.
        """
        PromptSet.objects.select_for_update().get(pk=self.pk)
        alone = self.prompts.filter(follow_ups=[]).values_list("text", flat=True)
        known: dict[str, int | None] = dict.fromkeys(map(same, alone.iterator()))
        there: dict[int, int | None] = {}
        for place, text in enumerate(texts):
            if same(text) in known:
                there[place] = known[same(text)]
            else:
                known[same(text)] = place
        if there and not leave_out:
            raise Duplicates(there)
        new = [text for place, text in enumerate(texts) if place not in there]
        rows = (Prompt(prompt_set=self, text=text, **tags) for text in new)
        return len(Prompt.objects.bulk_create(rows, batch_size=5000))


def same(text: str) -> str:
    """What two prompts have in common that nobody would tell apart."""
    return " ".join(text.split()).casefold()


class PromptQuerySet(models.QuerySet["Prompt"]):
    def fitting(self, project: Project) -> Self:
        """Safety projects ask for hard prompts, helpfulness projects for no adversarial ones, both for all.

        None that is longer than the project takes: nobody could send it.
        """
        category = Prompt.Category
        fitting = self.alias(chars=Length("text")).filter(chars__lte=project.max_prompt_chars)
        if project.axes == [Axis.SAFETY]:
            return fitting.exclude(category=category.EVERYDAY)
        if project.axes == [Axis.HELPFULNESS]:
            return fitting.exclude(category=category.ADVERSARIAL)
        return fitting


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
    follow_ups = ArrayField(
        models.TextField(), default=list, db_default=[], blank=True, help_text=_("what is asked next, turn by turn")
    )
    language = models.CharField(max_length=35, default="en", help_text=_("BCP 47 tag"))
    category = models.CharField(max_length=20, choices=Category, default=Category.EVERYDAY)
    risk = models.CharField(max_length=20, choices=Risk, blank=True)
    attack = models.CharField(max_length=20, choices=Attack, blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, db_default=[], blank=True)

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

    def turn(self, number: int) -> str:
        """What is asked in this turn of a conversation that keeps to it, counted from 1; empty beyond its last."""
        asked = [self.text, *self.follow_ups]
        return asked[number - 1] if number <= len(asked) else ""

    def hold(self) -> bool:
        """Whether it is still in its set, where it stays until the transaction ends.

        Many may hold a prompt at once; who removes it waits for them. FOR KEY SHARE, which Django has no word for; the
        foreign key of what uses the prompt asks for the same, but only when all is written, and then fails.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM projects_prompt WHERE id = %s FOR KEY SHARE", [self.pk])
            return cursor.fetchone() is not None

    @transaction.atomic
    def remove(self) -> bool:
        """False when somebody has used it: what was asked with it stays with it."""
        Prompt.objects.select_for_update().filter(pk=self.pk).first()  # whoever is sending it comes first
        try:
            self.delete()
        except ProtectedError:
            return False
        return True
