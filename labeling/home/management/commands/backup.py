from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.archive import ArchiveError
from labeling.at_rest import at_rest
from labeling.backup import backup
from labeling.home.foreseen import foreseen
from labeling.lock import running_at
from labeling.stack import addresses


class Command(BaseCommand):
    help = "Write database and artifacts into one file, while Tandem runs or not. See docs/upgrading.md."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a new file; whoever reads it reads everything")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        is_there = running_at() is not None or not addresses().own_database
        try:
            with foreseen(), nullcontext() if is_there else at_rest():
                about = backup(file.resolve(), addresses().artifacts)
        except ArchiveError as error:
            raise CommandError(str(error)) from error
        rows = sum(about["rows"].values())
        self.stdout.write(f"{rows} rows of {len(about['tables'])} tables, {about['artifacts']} artifacts")
        self.stdout.write(self.style.SUCCESS(f"Written to {file}"))
