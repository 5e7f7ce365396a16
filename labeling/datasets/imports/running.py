"""Imports done one after the other by a worker, and by a command."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from labeling.datasets.beating import alive
from labeling.datasets.imports import storing_pairs, storing_prompts, uploads, words
from labeling.datasets.imports.checking import Reader, check
from labeling.datasets.imports.mapping import Mapped
from labeling.datasets.imports.pairs import ReadPair
from labeling.datasets.imports.prompts import ReadPrompt
from labeling.datasets.imports.reading import Source
from labeling.datasets.imports.telling import telling
from labeling.datasets.imports.wrong import Refused, Unreadable, Wrong
from labeling.datasets.models import Import, Interrupted

log = logging.getLogger(__name__)
BEAT = 10.0  # seconds


def run_due() -> None:
    """What somebody asked for, and what a worker that died has left, one of which that breaks keeps none of the others;
    and what nobody went on with is removed."""
    for imported in Import.objects.due(timezone.now()):
        try:
            run(imported, source_of(imported))
        except Exception:
            log.exception("import %s", imported.pk)
    for imported in Import.objects.forgotten(timezone.now()):
        if imported.cancel():
            forget(imported)


def source_of(imported: Import) -> Source:
    return Source(uploads.place(imported.pk), imported.name)


def run(imported: Import, source: Source) -> None:
    """Its next step, unless somebody else is at it; where whoever was has ended, and it is cancelled, what they left
    goes."""
    if imported.begin():
        work(imported, source)
    elif imported.state == Import.State.CANCELLED:
        forget(imported)


def work(imported: Import, source: Source) -> None:
    """The step that it is at. What breaks is said on its page, in words for people; what nobody foresaw is raised as
    well."""
    try:
        if imported.state == Import.State.CHECKING:
            there = storing_prompts if imported.prompt_set_id else storing_pairs
            with alive(imported.heard_of, BEAT):
                check(imported, source, reader_for(imported, imported.mapping), there.keys_there(imported))
        else:
            store(imported)
            uploads.remove(imported.pk)
    except Interrupted:
        if imported.stop():
            forget(imported)
    except storing_pairs.NoOpenRound:
        fail(imported, words.no_open_round())
    except Unreadable as error:
        fail(imported, words.trouble(error))
    except (OSError, DatabaseError) as error:
        log.exception("import %s broke off", imported.pk)
        fail(imported, words.broke(error))
    except Exception:
        fail(imported, words.unforeseen())
        raise


def reader_for(imported: Import, mapping: Mapping[str, Any]) -> Reader:
    mapped = Mapped(**mapping)

    def read(values: dict[str, Any]) -> ReadPrompt | ReadPair:
        try:
            return ReadPrompt.of(values, mapped) if of_prompts else ReadPair.of(values, mapped, imported.axis)
        except RecursionError as error:  # lists in lists in lists
            raise Refused(Wrong.TYPE) from error

    of_prompts = imported.prompt_set_id is not None
    return read


def store(imported: Import) -> None:
    with telling(imported) as progress:
        if imported.prompt_set_id:
            storing_prompts.store_prompts(imported, progress)
        else:
            storing_pairs.store_pairs(imported, progress)


def fail(imported: Import, error: str) -> None:
    """Rows that were kept are not needed any more: they are read anew."""
    imported.rows.all().delete()
    imported.fail(error)


def forget(imported: Import) -> None:
    """What was sent, and what was kept of it; that somebody sent it stays."""
    imported.rows.all().delete()
    uploads.remove(imported.pk)
