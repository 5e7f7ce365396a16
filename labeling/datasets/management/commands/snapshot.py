import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import ngettext

from labeling.cohorts.models import Cohort
from labeling.datasets import files, making
from labeling.datasets.artifacts import Away, Damaged
from labeling.datasets.forms import KINDS
from labeling.datasets.licences import LICENCES, UNKNOWN
from labeling.datasets.management.naming import project_of
from labeling.datasets.margins import MARGINS, NONE, PRESETS
from labeling.datasets.models import Snapshot
from labeling.datasets.signals import fetched
from labeling.datasets.usual import usual_configs, usual_margin
from labeling.datasets.wanted import Aggregation, Config, Filters, Format, Wanted
from labeling.datasets.words import counted
from labeling.projects.models import Axis, Project


class Command(BaseCommand):
    help = "Make a snapshot of a project's data set, and copy its files into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder for the files")
        parser.add_argument("--axis", action="append", choices=Axis.values, help="of several; all, unless you say some")
        parser.add_argument("--aggregation", choices=list(Aggregation), default=Aggregation.EVERY)
        parser.add_argument("--margin", choices=PRESETS, help="by degree; small, the usual one: 1, 2/3, 1/3, 0")
        parser.add_argument("--margins", type=float, nargs=4, metavar="NUMBER", help="others, from significantly down")
        parser.add_argument("--config", action="append", choices=list(Config), help="of several; else all but soft")
        parser.add_argument("--format", action="append", choices=list(Format), help="of several; else jsonl")
        parser.add_argument("--max-chars", type=int, help="of a dialogue with the longer of its responses")
        parser.add_argument("--max-tokens", type=int, help="the same, as the models counted them")
        parser.add_argument("--licence", choices=list(LICENCES), default=UNKNOWN, help="under which others may use it")
        limits = parser.add_argument_group("only some of it")
        limits.add_argument("--round", action="append", type=int, metavar="NUMBER")
        limits.add_argument("--cohort", action="append", metavar="NAME", help="that people were in when they judged")
        limits.add_argument("--language", action="append", metavar="TAG")
        limits.add_argument("--degree", action="append", type=int, choices=[1, 2, 3, 4])
        limits.add_argument("--kind", action="append", choices=[kind.value for kind in KINDS])
        limits.add_argument("--guideline", action="append", metavar="AXIS:NUMBER", help="version that was judged by")
        limits.add_argument("--from", dest="first_day", type=date.fromisoformat, metavar="DAY")
        limits.add_argument("--to", dest="last_day", type=date.fromisoformat, metavar="DAY")
        limits.add_argument("--from-turn", dest="first_turn", type=int, metavar="NUMBER")
        limits.add_argument("--to-turn", dest="last_turn", type=int, metavar="NUMBER")
        limits.add_argument("--reviewed", action="store_true", help="only what a reviewer has accepted")

    def handle(self, *args: Any, project: str, out: Path | None, **options: Any) -> None:
        if out and out.exists():
            raise CommandError(f"{out} is there already. Choose another folder.")
        found = project_of(project)
        if not options["margin"] and not options["margins"]:
            options["margin"] = self.usual_margin(found, options["round"] or ())
        snapshot = Snapshot.objects.ask(found, wanted(found, options).kept())
        self.stdout.write(f"Snapshot {snapshot.number} …")
        self.make(snapshot)
        self.tell(snapshot)
        if out:
            self.copy(snapshot, out)

    def usual_margin(self, project: Project, rounds: Sequence[int]) -> str:
        margin = usual_margin(project, rounds)
        if margin == NONE:
            self.stdout.write("Without margins, since most of it was judged without degrees; --margin says otherwise.")
        return margin

    def make(self, snapshot: Snapshot) -> None:
        """Here, unless a worker was quicker: then it is waited for there."""
        try:
            making.make(snapshot)
        except KeyboardInterrupt:
            raise CommandError("Nothing of it is ready.") from None
        snapshot.refresh_from_db()
        if snapshot.state != Snapshot.State.READY:
            raise CommandError(snapshot.error or f"It is {snapshot.get_state_display()}.")

    def tell(self, snapshot: Snapshot) -> None:
        for axis in counted(snapshot.counts):
            train, judged = axis.train["preferences"], axis.judgements
            said = ngettext("%(n)d judgement", "%(n)d judgements", judged) % {"n": judged}
            preferred = ngettext("%(n)d preference", "%(n)d preferences", train) % {"n": train}
            kept = f"{axis.held_out['preferences']} held out, {axis.left_out} left out"
            self.stdout.write(f"{axis.label}: {said}, {preferred}, {kept}")
            for reason, judgements in axis.excluded:
                self.stdout.write(f"  {judgements} {reason}")
            if lack := axis.lack():
                self.stdout.write(f"  {lack}")
        if snapshot.provisional:
            self.stdout.write("It is provisional: a round of it still takes judgements.")
        took = f"{snapshot.counting_seconds:.1f} s to count, {snapshot.writing_seconds:.1f} s to write"
        self.stdout.write(self.style.SUCCESS(f"Snapshot {snapshot.number} is ready: {took}. {snapshot.artifact}"))

    def copy(self, snapshot: Snapshot, out: Path) -> None:
        try:
            files.copy(snapshot, out)
        except OSError as error:
            raise CommandError(f"The files were not copied: {error.strerror} ({error.filename}).") from error
        except (Away, Damaged) as error:
            raise CommandError(f"The files were not copied: {error}") from error
        where = os.fsencode(out).decode(errors="replace")  # a path need not be text
        fetched.send(sender=Snapshot, snapshot=snapshot, what=where, by=None)
        self.stdout.write(self.style.SUCCESS(f"Written to {where}"))


def wanted(project: Project, options: dict[str, Any]) -> Wanted:
    axes = [axis for axis in project.axes_in_order() if axis in (options["axis"] or project.axes)]
    if not axes:
        raise CommandError(f"{project} is not judged for that.")
    margins = dict(zip((4, 3, 2, 1), options["margins"], strict=True)) if options["margins"] else None
    cohorts = {cohort.name: cohort.pk for cohort in Cohort.objects.filter(enrolments__project=project)}
    if unknown := set(options["cohort"] or ()) - cohorts.keys():
        raise CommandError(f"No cohort of the project is called {unknown.pop()}. Cohorts: {', '.join(cohorts)}.")
    days: dict[str, Any] = {day: str(options[day]) if options[day] else None for day in ("first_day", "last_day")}
    filters = Filters(
        rounds=tuple(options["round"] or ()),
        cohorts=tuple(cohorts[name] for name in options["cohort"] or ()),
        languages=tuple(options["language"] or ()),
        degrees=tuple(options["degree"] or ()),
        kinds=tuple(options["kind"] or ()),
        guidelines=tuple(guideline(project, named) for named in options["guideline"] or ()),
        **days,
        reviewed=options["reviewed"],
        first_turn=options["first_turn"],
        last_turn=options["last_turn"],
    )
    return Wanted(
        axes=tuple(map(str, axes)),
        filters=filters,
        aggregation=Aggregation(options["aggregation"]),
        margins=margins or MARGINS.get(options["margin"]),
        configs=tuple(map(Config, options["config"] or usual_configs(axes))),
        formats=tuple(map(Format, options["format"] or [Format.JSONL])),
        max_chars=options["max_chars"],
        max_tokens=options["max_tokens"],
        licence=options["licence"],
    )


def guideline(project: Project, named: str) -> int:
    """The key of one that is called AXIS:NUMBER."""
    axis, _, number = named.partition(":")
    versions = {f"{one.axis}:{one.number}": one.pk for one in project.guidelines.order_by("axis", "number")}
    if named not in versions:
        raise CommandError(f"There is no guideline {axis}:{number}. Guidelines: {', '.join(versions)}.")
    return versions[named]
