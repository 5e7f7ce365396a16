"""Asking for a reward model: what has to be so before a worker begins."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.cohorts.models import Person
from labeling.datasets import holding_out
from labeling.datasets.models import Snapshot, Use
from labeling.datasets.wanted import Wanted as Asked
from labeling.projects.models import Axis, ModelVersion
from labeling.rewards.models import Run
from labeling.rewards.sending import send_on_commit
from labeling.rewards.wanted import Loss, Margin, Wanted

LEAST = 20  # preferences; of fewer a worker makes nothing


class NotPossible(Exception):
    """Why no such model can be trained, and what to do, for people."""


@transaction.atomic
def ask(
    snapshot: Snapshot,
    axis: str,
    base: ModelVersion,
    wanted: Wanted,
    *,
    mixed_in: Snapshot | None = None,
    by: Person | None = None,
    number: int | None = None,
) -> Run:
    """A run that a worker is asked for. What it is trained on is never held out from now on. Who asks twice for the
    same `number` gets one. Raises NotPossible."""
    refuse_base(base)
    refuse_snapshot(snapshot, axis, wanted)
    if mixed_in:
        refuse_mix(mixed_in, wanted)
    about: dict[str, object] = {"kind": Run.Kind.TRAINED, "axis": axis, "base": base, "made_by": by}
    of = {"snapshot": snapshot, "mixed_in": mixed_in, "wanted": wanted.kept()}
    run = Run.objects.ask(snapshot.project, number, **about, **of)
    if not snapshot.uses.filter(name=name_of(run)).exists():
        for used in {snapshot, mixed_in} - {None}:
            holding_out.note_use(Use(snapshot=used, name=name_of(run), noted_by=by))
        send_on_commit(run)
    return run


def name_of(run: Run) -> str:
    return _("%(project)s, reward model %(number)s") % {"project": run.project, "number": run.number}


def refuse_base(base: ModelVersion) -> None:
    if base.engine != ModelVersion.Engine.TRANSFORMERS:
        raise NotPossible(
            _("%(name)s is answered elsewhere: a reward model begins as a chat model whose weights a worker has.")
            % {"name": base}
        )
    if base.state != "ready":
        raise NotPossible(_("No worker has loaded %(name)s yet. Check it on its page first.") % {"name": base})


def refuse_snapshot(snapshot: Snapshot, axis: str, wanted: Wanted) -> None:
    _refuse_unready(snapshot)
    asked = Asked.of(snapshot.wanted)
    if axis not in asked.axes:
        raise NotPossible(
            _("%(snapshot)s holds nothing about %(axis)s.") % {"snapshot": snapshot, "axis": Axis(axis).label}
        )
    config = wanted.config(axis)
    if config not in asked.configs:
        raise NotPossible(
            _("%(snapshot)s was made without the config “%(config)s”, which this training reads. Make one with it.")
            % {"snapshot": snapshot, "config": config}
        )
    if wanted.margin != Margin.NONE and wanted.loss != Loss.SOFT and asked.margins is None:
        raise NotPossible(
            _("%(snapshot)s was made without margins: train without, or make one with them.") % {"snapshot": snapshot}
        )
    _refuse_few(snapshot, axis, wanted)


def _refuse_few(snapshot: Snapshot, axis: str, wanted: Wanted) -> None:
    counts = snapshot.counts[axis]
    found, unsaid = counts["train"]["preferences"], counts["excluded"].get("no_degree", 0)
    at_most = found + counts["held_out"]["preferences"] - unsaid  # `unsaid` is of both sides
    if wanted.loss != Loss.SOFT and at_most < LEAST <= found:
        raise NotPossible(
            _(
                "%(snapshot)s was made with margins, which leaves out preferences without a degree: %(unsaid)d here. "
                "Make one with the margin “none”, and train without."
            )
            % {"snapshot": snapshot, "unsaid": unsaid}
        )
    if found < LEAST:
        raise NotPossible(
            ngettext(
                "%(snapshot)s has %(found)d preference to train on, and %(least)d is the least that means anything.",
                "%(snapshot)s has %(found)d preferences to train on, and %(least)d is the least that means anything.",
                found,
            )
            % {"snapshot": snapshot, "found": found, "least": LEAST}
        )


def refuse_mix(mixed_in: Snapshot, wanted: Wanted) -> None:
    _refuse_unready(mixed_in)
    if wanted.loss == Loss.SOFT and Loss.SOFT not in Asked.of(mixed_in.wanted).configs:
        raise NotPossible(
            _("%(snapshot)s was made without the config “%(config)s”, which this training reads. Make one with it.")
            % {"snapshot": mixed_in, "config": Loss.SOFT}
        )


def _refuse_unready(snapshot: Snapshot) -> None:
    if snapshot.state != Snapshot.State.READY:
        state = snapshot.get_state_display()
        raise NotPossible(_("%(snapshot)s is not ready: it %(state)s.") % {"snapshot": snapshot, "state": state})
