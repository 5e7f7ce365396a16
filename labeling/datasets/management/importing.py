"""An import by a command: in its own process, from the file where it is, which stays there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import ngettext

from labeling.datasets.imports import preview, words
from labeling.datasets.imports.checking import fit_to_keep
from labeling.datasets.imports.mapping import REQUIRED, guess
from labeling.datasets.imports.reading import Source
from labeling.datasets.imports.running import forget, work
from labeling.datasets.imports.wrong import Unreadable
from labeling.datasets.models import Import, ImportRow
from labeling.tables.files import lines

SHOWN = 20  # rows that are named


def add_arguments(parser: CommandParser, names: Sequence[str]) -> None:
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="WHAT=NAME",
        help=f"which column says what, where its name does not; WHAT is one of {', '.join(names)}",
    )
    parser.add_argument(
        "--all", action="append", default=[], metavar="WHAT=VALUE", help="what is so of every row, as in language=de"
    )
    parser.add_argument("--problems", type=Path, metavar="FILE", help="a CSV of all rows that do not fit, with why")
    parser.add_argument("--leave-out", action="store_true", help="store what fits where other rows do not")


def run(command: BaseCommand, file: Path, names: Sequence[str], options: Mapping[str, Any], **place: Any) -> Import:
    """What was stored. CommandError where nothing was, with the reason; the first rows that are left out are named."""
    imported = Import.objects.begin_here(**begun(file, names, options), **place)
    try:
        check_and_store(command, imported, Source(file, file.name), options)
    except (KeyboardInterrupt, OSError) as error:
        if not imported.cancel():  # it is over already
            raise
        imported.stop()
        forget(imported)
        why = f"{error.strerror}: {error.filename}. " if isinstance(error, OSError) else ""
        raise CommandError(f"{why}Nothing was stored.") from error
    return imported


def check_and_store(command: BaseCommand, imported: Import, source: Source, options: Mapping[str, Any]) -> None:
    work(imported, source)
    imported.refresh_from_db()
    if imported.state != Import.State.CHECKED:
        raise CommandError(imported.error or "It was cancelled, and nothing was stored.")
    name_left_out(command, imported, options["problems"])
    left_out = (imported.wrong or 0) + (imported.duplicates or 0)
    if not imported.fitting or (left_out and not options["leave_out"]):
        imported.cancel()
        forget(imported)
        advice = " Mend them, or store the others with --leave-out." if imported.fitting else ""
        said = ngettext("%(n)d of %(all)d rows does not fit.", "%(n)d of %(all)d rows do not fit.", left_out)
        raise CommandError(f"Nothing was stored: {said % {'n': left_out, 'all': imported.read}}{advice}")
    imported.store_here()
    work(imported, source)
    imported.refresh_from_db()
    if imported.state != Import.State.DONE:
        raise CommandError(imported.error or "It was cancelled, and nothing was stored.")


def name_left_out(command: BaseCommand, imported: Import, to: Path | None) -> None:
    left_out = imported.rows.exclude(wrong="").order_by("number")
    for row in left_out[:SHOWN]:
        about = ": ".join(filter(None, (row.cell, words.what_stands_there(row.wrong, row.detail))))
        command.stderr.write(f"Row {row.number}: {words.wrong(row.wrong)}{about and f' ({about})'}")
    if (more := left_out.count() - SHOWN) > 0:
        command.stderr.write(f"{more} more; --problems FILE writes all of them.")
    if to:
        with to.open("w", encoding="utf-8", newline="") as out:
            rows = (("row", "column", "why", "what stands there"), *map(as_cells, left_out.iterator()))
            out.writelines(lines(rows))


def as_cells(row: ImportRow) -> tuple[Any, ...]:
    return row.number, row.cell, words.wrong(row.wrong), words.what_stands_there(row.wrong, row.detail)


def begun(file: Path, names: Sequence[str], options: Mapping[str, Any]) -> dict[str, Any]:
    """CommandError where the file cannot be read at all, or has no such columns."""
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    if (to := options["problems"]) and not to.parent.is_dir():
        raise CommandError(f"There is no folder {to.parent} to write {to.name} into.")
    try:
        columns = preview.columns(Source(file, file.name).sample())
        size = file.stat().st_size
    except Unreadable as error:
        raise CommandError(words.trouble(error)) from error
    except OSError as error:
        raise CommandError(f"{error.strerror}: {file}") from error
    given, values = pairs(options["column"], names), pairs(options["all"], names) | options.get("values", {})
    if unknown := [name for name in given.values() if name not in columns]:
        raise CommandError(f"There is no column {unknown[0]}. The columns are {', '.join(columns)}.")
    chosen = {name: column for name, column in guess(names, columns).items() if name not in values} | given
    if needed := [name for name in REQUIRED if name in names and name not in chosen]:
        raise CommandError(f"Say which column has it: --column {needed[0]}=NAME. The columns are {', '.join(columns)}.")
    return {"name": fit_to_keep(file.name), "size": size, "mapping": {"columns": chosen, "values": values}}


def pairs(given: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    found = dict(one.partition("=")[::2] for one in given)
    if unknown := [name for name in found if name not in names]:
        raise CommandError(f"{unknown[0]} is none of {', '.join(names)}.")
    return found
