from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from labeling.archive import ArchiveError
from labeling.at_rest import at_rest
from labeling.home.foreseen import foreseen
from labeling.restore import checked, restore
from labeling.stack import addresses


class Command(BaseCommand):
    help = "Bring a backup back into an installation that is empty and does not run. See docs/upgrading.md."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")
        parser.add_argument("--replace", action="store_true", help="delete everything that is in the database first")

    def handle(self, *args: Any, file: Path, replace: bool, **options: Any) -> None:
        try:
            with foreseen(), checked(file) as backup, at_rest():
                restore(backup, Path(addresses().artifacts), replace=replace)
                about = backup.manifest
                self.stdout.write(
                    f"{sum(about['rows'].values())} rows, {about['artifacts']} artifacts, as they were at"
                )
                self.stdout.write(self.style.SUCCESS(about["made_at"]))
                call_command("migrate", interactive=False, verbosity=0)  # to the tables of this version
        except ArchiveError as error:
            raise CommandError(str(error)) from error
