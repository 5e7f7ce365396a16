from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.datasets.export import FolderTaken, export
from labeling.datasets.margins import PRESETS
from labeling.projects.models import Project


class Command(BaseCommand):
    help = "Write a project's judgements as files for a reward-model trainer, with a manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="a new or empty folder")
        parser.add_argument("--margin", choices=PRESETS, default="small", help="by degree; small: 1, 2/3, 1/3, 0")

    def handle(self, *args: Any, project: str, out: Path, margin: str, **options: Any) -> None:
        try:
            manifest = export(Project.objects.get(slug=project), out, margin)
        except Project.DoesNotExist as error:
            known = ", ".join(Project.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no project {project}. Projects here: {known}.") from error
        except FolderTaken as error:
            raise CommandError(f"{error} is not empty. Choose another folder, or empty this one.") from error
        except OSError as error:
            raise CommandError(f"Nothing was written: {error.strerror} ({error.filename}).") from error
        for axis, counts in manifest["axes"].items():
            excluded = sum(counts["excluded"].values())
            self.stdout.write(f"{axis}: {counts['exported']} rows, {excluded} excluded")
        if not any(counts["exported"] for counts in manifest["axes"].values()):
            self.stdout.write("Nobody has judged anything yet that a trainer could use: there is a manifest, no rows.")
        self.stdout.write(self.style.SUCCESS(f"Written to {out}"))
