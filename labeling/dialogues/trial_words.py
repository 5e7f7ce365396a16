"""What a manager reads about a check that goes on and about a trial, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.dialogues.models import UNFINISHED, Attempted, State, Trial
from labeling.dialogues.pacing import Entry, pace
from labeling.projects.models import ModelVersion, Project

A_WHILE = timedelta(seconds=15)  # in which a worker that is there has taken a message
FINISHED = {
    "stop": gettext_lazy("came to its end"),
    "length": gettext_lazy("cut off at the longest response"),
}


def is_ignored(asked: Attempted, now: datetime) -> bool:
    """No worker has taken it for a while, though it was time."""
    return asked.state == State.QUEUED and now - (asked.due_at or asked.queued_at) > A_WHILE


@dataclass(frozen=True)
class Progress:
    """A check that goes on, or none."""

    words: str
    explanation: str
    seconds: int = 0
    goes_on: bool = False
    is_ignored: bool = False
    may_begin: bool = False
    broke_off: str = ""

    @classmethod
    def of(cls, version: ModelVersion, check: Trial | None) -> "Progress":
        if check is None:
            return cls.without_check(version)
        now = timezone.now()
        ignored = is_ignored(check, now)
        if check.state == State.RUNNING:
            words = _("A worker is checking it:")
            explanation = _("It loads the model and waits for a first answer. A large model takes minutes.")
        elif check.tries > 1 and not ignored:
            words = _("The check is tried again:")
            explanation = _("Attempt %(n)d of %(all)d.") % {"n": check.tries, "all": check.MAX_ATTEMPTS}
        elif ignored:
            words, explanation = _("No worker has taken it yet:"), _("The check begins as soon as one is there.")
        else:
            words, explanation = _("The check waits for a worker:"), _("It begins as soon as one is free.")
        return cls(
            words,
            explanation,
            seconds=int((now - check.created_at).total_seconds()),
            goes_on=True,
            is_ignored=ignored,
            broke_off=check.error,
        )

    @classmethod
    def without_check(cls, version: ModelVersion) -> "Progress":
        if version.state == "ready":
            return cls(_("It has passed its check."), _("Rounds can use it."))
        if version.state == "refused":
            return cls(_("Its check failed."), version.check_error, may_begin=True)
        return cls(_("It was never checked."), _("No round can use it before."), may_begin=True)


@dataclass(frozen=True)
class Answer:
    """A trial as it stands: the text so far, and where its stream goes on."""

    key: str
    state: str
    words: str
    text: str
    goes_on: bool
    is_ignored: bool
    problem: str
    stream_url: str
    cancel_url: str
    numbers: list[tuple[str, str]]

    @classmethod
    def of(cls, trial: Trial, heard: list[Entry]) -> "Answer":
        done = trial.state == State.DONE
        (text,), cursor = pace(Project.Pacing.OWN, [heard], [trial.text if done else None])
        return cls(
            key=str(trial.pk),
            state=trial.state,
            words=state_words(trial),
            text=text,
            goes_on=trial.state in UNFINISHED,
            is_ignored=is_ignored(trial, timezone.now()),
            problem=trial.error if trial.state == State.FAILED else "",
            stream_url=f"{reverse('trial_stream', args=[trial.pk])}?after={cursor}",
            cancel_url=reverse("trial_cancel", args=[trial.pk]),
            numbers=numbers(trial) if done else [],
        )

    @property
    def trigger(self) -> str:
        """What fetches it anew. While it waits nothing streams, so that asking again disturbs nobody."""
        return "ready, failed, every 3s" if self.state == State.QUEUED else "ready, failed"


def state_words(trial: Trial) -> str:
    if trial.state == State.QUEUED and trial.attempt > 1:
        return _("broke off; it is asked again")
    words = {
        State.QUEUED: _("in the queue"),
        State.RUNNING: _("being written"),
        State.FAILED: _("failed"),
        State.CANCELLED: _("stopped"),
    }
    return words.get(State(trial.state), "") or str(FINISHED.get(trial.finish_reason, trial.finish_reason))


def numbers(trial: Trial) -> list[tuple[str, str]]:
    tokens, asked = trial.completion_tokens or 0, trial.prompt_tokens or 0
    return [
        (_("Length"), ngettext("%(n)d token", "%(n)d tokens", tokens) % {"n": tokens}),
        (_("Asked with"), ngettext("%(n)d token", "%(n)d tokens", asked) % {"n": asked}),
        (_("First token after"), _("%(n).2f s") % {"n": trial.first_token_seconds or 0}),
        (_("Whole answer after"), _("%(n).2f s") % {"n": trial.seconds or 0}),
    ]
