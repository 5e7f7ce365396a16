from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import ngettext

from labeling.datasets.imports.mapping import PAIRS
from labeling.datasets.imports.pairs import COLUMN, FIRST, NAMES, NOWHERE, PLACES
from labeling.datasets.management import importing
from labeling.datasets.management.naming import project_of


class Command(BaseCommand):
    help = "Bring comparisons that were made elsewhere into a project: all rows that fit, or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="JSON Lines, CSV or Parquet; the first two also in gzip or zstd")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--axis", metavar="AXIS", help="what they were compared for, where the project has both")
        parser.add_argument(
            "--verdict",
            choices=(FIRST, COLUMN, NOWHERE),
            default=FIRST,
            help="which response is better: the first one of each row, what the column “better” says, or nobody has "
            "said it and people here are to judge them",
        )
        parser.add_argument("--better-is", choices=PLACES, default=NAMES, help="how the column “better” says it")
        parser.add_argument("--people", type=int, default=1, help="who judge each, where nobody has yet")
        importing.add_arguments(parser, PAIRS)

    def handle(self, *args: Any, file: Path, project: str, axis: str | None, **options: Any) -> None:
        into = project_of(project)
        if axis is None and len(into.axes) == 1:
            axis = into.axes[0]
        if axis not in into.axes:
            raise CommandError(f"Say --axis, one of {', '.join(into.axes)}.")
        said = {"verdict": options["verdict"], "better_is": options["better_is"], "people": str(options["people"])}
        imported = importing.run(self, file, PAIRS, {**options, "values": said}, project=into, axis=axis)
        of = {"n": imported.fitting, "round": imported.round and imported.round.number, "project": into}
        stored = ngettext(
            "%(n)d row is in round %(round)d of “%(project)s”.",
            "%(n)d rows are in round %(round)d of “%(project)s”.",
            imported.fitting or 0,
        )
        self.stdout.write(self.style.SUCCESS(stored % of))
