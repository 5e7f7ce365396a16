from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import ngettext

from labeling.datasets.imports.mapping import PROMPTS
from labeling.datasets.management import importing
from labeling.projects.models import PromptSet


class Command(BaseCommand):
    help = "Put the prompts of a file into a set: all rows that fit, or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="JSON Lines, CSV or Parquet; the first two also in gzip or zstd")
        parser.add_argument("--set", required=True, metavar="NAME", help="made where there is none of that name")
        importing.add_arguments(parser, PROMPTS)

    def handle(self, *args: Any, file: Path, set: str, **options: Any) -> None:
        prompt_set, is_new = PromptSet.objects.get_or_create(name=set)
        try:
            imported = importing.run(self, file, PROMPTS, options, prompt_set=prompt_set)
        except BaseException:
            if is_new:
                prompt_set.delete()
            raise
        more = ngettext("“%(set)s” has %(n)d prompt more.", "“%(set)s” has %(n)d prompts more.", imported.fitting or 0)
        self.stdout.write(self.style.SUCCESS(more % {"set": prompt_set, "n": imported.fitting}))
