import time
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.datasets.management.naming import project_of
from labeling.datasets.models import Snapshot
from labeling.projects.models import Axis, ModelVersion, Project
from labeling.rewards import asking
from labeling.rewards.management.naming import parted
from labeling.rewards.management.workers import warn_if_missing
from labeling.rewards.models import Run
from labeling.rewards.wanted import Loss, Margin, Wanted, usual

LOOK = 1.0  # seconds


class Command(BaseCommand):
    help = "Train a reward model on a snapshot, on a training worker, and follow it. Ctrl-C only ends the following."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--snapshot", required=True, type=int, metavar="NUMBER")
        parser.add_argument("--axis", required=True, choices=Axis.values)
        parser.add_argument(
            "--base", required=True, metavar="NAME", help="a model version; the reward model begins as it"
        )
        parser.add_argument(
            "--margin",
            type=Margin,
            choices=list(Margin),
            help="by degree, in the loss; default: small, or none of a snapshot without margins",
        )
        parser.add_argument("--loss", type=Loss, choices=list(Loss), help="default: hard")
        parser.add_argument("--safety-weight", type=float, metavar="NUMBER", help="of the term for safety labels")
        parser.add_argument("--mix", type=float, metavar="SHARE", help="of the other axis, or of --mixed-in")
        parser.add_argument("--mixed-in", metavar="SLUG:NUMBER", help="another snapshot that the mix is drawn from too")
        parser.add_argument("--epochs", type=float)
        parser.add_argument("--learning-rate", type=float)
        parser.add_argument("--batch-pairs", type=int, metavar="NUMBER", help="in one step of the optimiser")
        parser.add_argument("--max-length", type=int, metavar="TOKENS", help="longer dialogues are left out")
        parser.add_argument("--lora-rank", type=int, metavar="NUMBER", help="train adapters instead of all weights")
        parser.add_argument("--seed", type=int)
        parser.add_argument("--no-follow", action="store_true", help="ask for it, and end")

    def handle(self, *args: Any, axis: str, base: str, mixed_in: str | None, no_follow: bool, **options: Any) -> None:
        snapshot = snapshot_of(project_of(options["project"]), options["snapshot"])
        mixed = snapshot_of(*parted(mixed_in)) if mixed_in else None
        if options["margin"] is None and snapshot.wanted["margins"] is None:
            options["margin"] = Margin.NONE
            self.stdout.write(f"{snapshot} was made without margins: trained without.")
        try:
            run = asking.ask(snapshot, axis, version(base), wanted(axis, options), mixed_in=mixed)
        except asking.NotPossible as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{run}, on a training worker …")
        if not no_follow:
            warn_if_missing(self)
            self.follow(run)

    def follow(self, run: Run) -> None:
        """Until it is over."""
        said = ""
        while run.is_unfinished:
            run.refresh_from_db()
            if run.is_unfinished and (now := progress(run)) != said:
                self.stdout.write(said := now)
            time.sleep(LOOK)
        if run.state != Run.State.READY:
            raise CommandError(run.error or f"It is {run.get_state_display()}.")
        took = ", ".join(f"{seconds:.0f} s to {what}" for what, seconds in run.seconds.items())
        self.stdout.write(self.style.SUCCESS(f"{run} is ready: {took}. {run.artifact}"))


def progress(run: Run) -> str:
    steps = f", {run.done} of {run.total}" if run.total else ""
    last = run.curve[-1] if run.curve and run.state == Run.State.RUNNING else None
    figures = f", loss {last['loss']:.3f}, {last['accuracy']:.0%} right" if last else ""
    return f"  it {run.get_state_display()}{steps}{figures}"


def wanted(axis: str, options: dict[str, Any]) -> Wanted:
    """What is not said is Llama 2's."""
    given = {name: options[name] for name in Wanted.__dataclass_fields__ if options[name] is not None}
    found = replace(usual(axis), **given)
    if not 0 <= found.mix < 1:
        raise CommandError("--mix is a share below 1.")
    rank = 1 if found.lora_rank is None else found.lora_rank
    if min(found.epochs, found.learning_rate, found.batch_pairs, found.max_length, rank) <= 0:
        raise CommandError("Epochs, learning rate, pairs, tokens and rank are above 0.")
    return found


def snapshot_of(project: Project, number: int) -> Snapshot:
    found = project.snapshots.filter(number=number).first()
    if found is None:
        known = ", ".join(map(str, project.snapshots.order_by("number").values_list("number", flat=True))) or "none yet"
        raise CommandError(f"{project} has no snapshot {number}. Its snapshots: {known}.")
    return found


def version(name: str) -> ModelVersion:
    try:
        return ModelVersion.objects.get(name=name)
    except ModelVersion.DoesNotExist as error:
        known = ", ".join(f"“{one}”" for one in ModelVersion.objects.usable().values_list("name", flat=True))
        raise CommandError(f"There is no model version “{name}”. Usable ones: {known or 'none yet'}.") from error
