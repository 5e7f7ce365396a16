"""A model version tried out by a manager."""

from typing import Any, Self

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.cohorts.models import Person
from labeling.dialogues.models.attempted import UNFINISHED, Attempted, State
from labeling.dialogues.models.dialogue import Message


class TrialQuerySet(models.QuerySet["Trial"]):
    def of(self, person: Person) -> Self:
        """What this person tried out by hand; checks are nobody's own."""
        return self.filter(person=person, is_check=False)

    def checks(self) -> Self:
        return self.filter(is_check=True)

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)


class Trial(Attempted):
    """One prompt to one model version, for the eyes of whoever asked; no annotator and no dataset ever sees it.

    The check of a new model version is a trial too: a model that has answered once has been found, loaded and heard.
    """

    PROMPT = "Say hello in one short sentence."  # what a check asks

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="trials")
    prompt = models.TextField()
    is_check = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["model_version", "-created_at"], name="trials_of_a_version")]

    @staticmethod
    def checks_of(versions: list[int], **_: Any) -> set[int]:
        """Receives `checks_asked`. A check says in the moment it ends what became of its version, so one that has ended
        was under way when the version was read as new."""
        checks = Trial.objects.checks().exclude(state=State.CANCELLED).filter(model_version__in=versions)
        return set(checks.values_list("model_version", flat=True))

    def messages(self) -> list[Message]:
        return [{"role": "user", "content": self.prompt}]

    @transaction.atomic
    def store(self, attempt: int, *, model_sha256: str = "", **result: Any) -> bool:
        """A check that was answered makes its model version usable, as the checkpoint that answered."""
        if not super().store(attempt, **result):
            return False
        # A worker that says nothing of the hash has compared it with the one that is given, if there is one.
        if self.is_check and not self.model_version.passed(model_sha256 or self.model_version.sha256):
            self.model_version.failed(
                _("Another checkpoint answered than the one that is given: its sha256 is %(sha256)s.")
                % {"sha256": model_sha256}
            )
        return True

    @transaction.atomic
    def fail(self, attempt: int, error: str, tokens_over: int | None = None) -> bool:
        if not super().fail(attempt, error, tokens_over):
            return False
        if self.is_check:
            self.model_version.failed(error or _("The worker did not say why."))
        return True
