import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.datasets import making
from labeling.datasets.management.naming import project_of
from labeling.datasets.margins import MARGINS
from labeling.datasets.models import Snapshot
from labeling.datasets.usual import usual_configs, usual_margin
from labeling.datasets.wanted import Wanted
from labeling.projects.models import Axis, Project
from labeling.rewards import quick
from labeling.rewards.models import Run

PAUSE = 1.0  # seconds between two looks at what the worker has read


class Command(BaseCommand):
    help = "Fit the quick reward model of an axis to a snapshot, as soon as a worker has read its comparisons."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--axis", choices=Axis.values, help="needed where the project has two")
        parser.add_argument("--snapshot", type=int, metavar="NUMBER", help="one that is there; else a new one is made")

    def handle(self, *args: Any, project: str, axis: str | None, snapshot: int | None, **options: Any) -> None:
        found = project_of(project)
        wanted = axis_of(found, axis)
        members = snapshot_of(found, snapshot) if snapshot else self.new_snapshot(found)
        run = Run.objects.ask(found, kind=Run.Kind.QUICK, axis=wanted, snapshot=members, wanted={})
        self.stdout.write(f"Model {run.number}, on snapshot {members.number} …")
        try:
            self.wait_for(run)
        except KeyboardInterrupt:
            raise CommandError(f"Model {run.number} goes on without you: the worker of data sets fits it.") from None
        self.tell(run)

    def new_snapshot(self, project: Project) -> Snapshot:
        axes = project.axes_in_order()
        margins = MARGINS.get(usual_margin(project))
        wanted = Wanted(axes=tuple(map(str, axes)), margins=margins, configs=tuple(usual_configs(axes)))
        snapshot = Snapshot.objects.ask(project, wanted.kept())
        making.make(snapshot)
        snapshot.refresh_from_db()
        if snapshot.state != Snapshot.State.READY:
            raise CommandError(snapshot.error or f"Snapshot {snapshot.number} is {snapshot.get_state_display()}.")
        return snapshot

    def wait_for(self, run: Run) -> None:
        """Until it is over, here or wherever else it was taken up."""
        told = (0, 0)
        while run.is_unfinished:
            quick.advance(run)
            run.refresh_from_db()
            if run.is_unfinished and (run.done, run.total) != told:
                told = run.done, run.total
                self.stdout.write(f"A worker has read {run.done} of {run.total} comparisons …")
            if run.is_unfinished:
                time.sleep(PAUSE)

    def tell(self, run: Run) -> None:
        if run.state != Run.State.READY:
            raise CommandError(run.error or f"It is {run.get_state_display()}.")
        about, seconds = run.learned, run.seconds
        self.stdout.write(
            f"Fitted to {about['comparisons']} comparisons of {about['prompts']} prompts; of those whose prompt it had "
            f"not seen it got {about['unseen']['accuracy']:.1%} right."
        )
        took = ", ".join(f"{seconds[step]:.1f} s to {step}" for step in ("encode", "train", "score"))
        self.stdout.write(self.style.SUCCESS(f"Model {run.number} is ready: {took}. {run.artifact}"))


def axis_of(project: Project, axis: str | None) -> Axis:
    axes = project.axes_in_order()
    if axis is None and len(axes) > 1:
        raise CommandError(f"{project} is judged for {' and '.join(axes)}: say which with --axis.")
    if axis is not None and axis not in axes:
        raise CommandError(f"{project} is not judged for that.")
    return Axis(axis) if axis else axes[0]


def snapshot_of(project: Project, number: int) -> Snapshot:
    try:
        return Snapshot.objects.get(project=project, number=number, state=Snapshot.State.READY)
    except Snapshot.DoesNotExist as error:
        ready = project.snapshots.filter(state=Snapshot.State.READY).values_list("number", flat=True)
        known = ", ".join(map(str, ready)) or "none yet"
        raise CommandError(f"There is no snapshot {number} that is ready. Those that are: {known}.") from error
