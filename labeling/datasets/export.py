"""Judgements of a project as files that a reward-model trainer loads.

The same judgements give the same bytes, the manifest included. Files are written beside their place and renamed when
all of them are complete, so a folder that is there is whole.
"""

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef

from labeling.cohorts.models import Withdrawal
from labeling.comparisons.models import CannotReason, Judgement
from labeling.datasets.margins import MARGINS
from labeling.datasets.rows import EXCLUSIONS, exclusion, preference, uncounted
from labeling.datasets.said import said
from labeling.datasets.signals import exported
from labeling.projects.models import Axis, Project, Round
from labeling.quality.modelled import probabilities
from labeling.quality.reading import said_in

CHUNK = 1000  # judgements fetched at a time; memory does not grow with the project


class FolderTaken(Exception):
    """Something is in the folder already; nothing is ever overwritten."""


class Lines:
    """A file of JSON objects, one a line, with its hash."""

    def __init__(self, folder: Path, path: str) -> None:
        self.path, self.rows, self.digest = path, 0, hashlib.sha256()
        self.place = folder / path
        self.place.parent.mkdir(exist_ok=True)
        self.file = self.place.open("wb")

    def add(self, row: dict[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
        self.digest.update(line)
        self.file.write(line)
        self.rows += 1

    def close(self) -> None:
        """No trainer loads an empty file, so none is left, nor a folder for it."""
        self.file.close()
        if not self.rows:
            self.place.unlink()
            with suppress(OSError):  # other files are in it
                self.place.parent.rmdir()

    def manifest(self) -> dict[str, Any]:
        return {"path": self.path, "rows": self.rows, "sha256": self.digest.hexdigest()}


@dataclass
class Written:
    """One axis: the trainer's rows, all that was said, and why some of it is no row of the trainer's."""

    axis: Axis
    rows: Lines
    said: Lines
    excluded: Counter[str] = field(default_factory=Counter)
    cannot: Counter[str] = field(default_factory=Counter)  # reasons why pairs cannot be judged

    @classmethod
    def begin(cls, axis: Axis, folder: Path) -> "Written":
        return cls(axis, Lines(folder, f"{axis}/train.jsonl"), Lines(folder, f"judgements/{axis}.jsonl"))

    def close(self) -> None:
        self.rows.close()
        self.said.close()

    def manifest(self) -> dict[str, Any]:
        return {
            "judgements": self.said.rows,
            "exported": self.rows.rows,
            "excluded": {reason: self.excluded[reason] for reason in EXCLUSIONS},
            "cannot_be_judged": {reason: self.cannot[reason] for reason in CannotReason.values},
            "files": [file.manifest() for file in (self.rows, self.said) if file.rows],
        }


def export(project: Project, out: Path, preset: str) -> dict[str, Any]:
    """Write `AXIS/train.jsonl` and `judgements/AXIS.jsonl` for each axis with rows, and `manifest.json`, which is also
    the answer.

    Raises FolderTaken when `out` holds anything.
    """
    out = out.resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FolderTaken(str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        # Before the judgements are read: a round that was closed by then takes no more of them.
        provisional = project.rounds.filter(state__in=(Round.State.OPEN, Round.State.REVIEW)).exists()
        with said_in(project):
            believed = {axis: probabilities(axis) for axis in project.axes_in_order()}
        axes = [write(project, axis, preset, draft, believed[axis]) for axis in project.axes_in_order()]
        manifest = {
            "project": project.slug,
            "provisional": provisional,
            "format": "TRL conversational preference, implicit prompt",
            "margin": {"preset": preset, "by_degree": MARGINS.get(preset)},
            "axes": {written.axis.value: written.manifest() for written in axes},
        }
        (draft / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        draft.chmod(0o755)
        draft.rename(out)
    except BaseException:
        shutil.rmtree(draft)
        raise
    exported.send(sender=Project, project=project, manifest=manifest)
    return manifest


def write(project: Project, axis: Axis, preset: str, folder: Path, believed: dict[UUID, float]) -> Written:
    """`believed` is of each comparison how probably its first response is better."""
    written = Written.begin(axis, folder)
    for judgement in current(project, axis).iterator(chunk_size=CHUNK):
        if judgement.is_withdrawn:
            written.excluded["withdrawn"] += 1
            continue
        verdict = judgement.verdict()
        asked = judgement.assignment
        reason = uncounted(asked.kind, asked.slot, retired=asked.comparison.retired_at is not None)
        reason = reason or exclusion((verdict.chosen.text, verdict.rejected.text) if verdict else None)
        written.said.add(said(judgement, reason, believed.get(asked.comparison_id)))
        if judgement.cannot_reason:
            written.cannot[judgement.cannot_reason] += 1
        if reason:
            written.excluded[reason] += 1
        elif verdict:
            context = judgement.assignment.comparison.context
            written.rows.add(preference(context, verdict.chosen.text, verdict.rejected.text, verdict.degree, preset))
    written.close()
    return written


def current(project: Project, axis: Axis) -> Any:
    """The current revision of every judged assignment, in an order that does not change; with each, whether the person
    has withdrawn it."""
    withdrawn = Withdrawal.objects.of_work_at(OuterRef("assignment__person"), OuterRef("created_at"))
    judged = Judgement.objects.filter(
        assignment__judgement=F("pk"), assignment__comparison__project=project, assignment__axis=axis
    )
    comparison = ("assignment__comparison__round", "assignment__comparison__turn")
    whole = judged.select_related(*comparison, "assignment__person", "chosen", "rejected")
    whole = whole.annotate(is_withdrawn=Exists(withdrawn))
    return whole.order_by("assignment__comparison__created_at", "assignment__comparison", "assignment__slot", "pk")
