"""Judgements of a project as files that a reward-model trainer loads.

The same judgements give the same bytes, the manifest included. Files are written beside their place and renamed when
all of them are complete, so a folder that is there is whole.
"""

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import F, QuerySet

from labeling.comparisons.models import Judgement
from labeling.datasets.margins import MARGINS
from labeling.datasets.rows import EXCLUSIONS, exclusion, preference
from labeling.projects.models import Axis, Project, Round

CHUNK = 1000  # judgements fetched at a time; memory does not grow with the project


class FolderTaken(Exception):
    """Something is in the folder already; nothing is ever overwritten."""


@dataclass
class Written:
    """One axis: what was read, what became a row, and why the rest did not."""

    axis: Axis
    rows: int = 0
    sha256: str = ""
    excluded: Counter[str] = field(default_factory=Counter)

    @property
    def path(self) -> str:
        return f"{self.axis}/train.jsonl"

    def manifest(self) -> dict[str, Any]:
        return {
            "judgements": self.rows + self.excluded.total(),
            "exported": self.rows,
            "excluded": {reason: self.excluded[reason] for reason in EXCLUSIONS},
            "files": [{"path": self.path, "rows": self.rows, "sha256": self.sha256}] if self.rows else [],
        }


def export(project: Project, out: Path, preset: str) -> dict[str, Any]:
    """Write `AXIS/train.jsonl` for each axis with rows, and `manifest.json`, which is also the answer.

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
        axes = [write(project, axis, preset, draft) for axis in project.axes_in_order()]
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
    return manifest


def write(project: Project, axis: Axis, preset: str, folder: Path) -> Written:
    written = Written(axis)
    digest = hashlib.sha256()
    file = folder / written.path
    file.parent.mkdir()
    with file.open("wb") as out:
        for row in rows(current(project, axis), preset, written.excluded):
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            out.write(line)
            written.rows += 1
    if not written.rows:  # no trainer loads an empty file
        shutil.rmtree(file.parent)
    written.sha256 = digest.hexdigest()
    return written


def rows(judgements: QuerySet[Judgement], preset: str, excluded: Counter[str]) -> Iterator[dict[str, Any]]:
    for judgement in judgements.iterator(chunk_size=CHUNK):
        verdict = judgement.verdict()
        if reason := exclusion((verdict.chosen.text, verdict.rejected.text) if verdict else None):
            excluded[reason] += 1
        elif verdict:
            context = judgement.assignment.comparison.context
            yield preference(context, verdict.chosen.text, verdict.rejected.text, verdict.degree, preset)


def current(project: Project, axis: Axis) -> QuerySet[Judgement]:
    """The current revision of every judged assignment, in an order that does not change."""
    judged = Judgement.objects.filter(
        assignment__judgement=F("pk"), assignment__comparison__project=project, assignment__axis=axis
    )
    return judged.select_related("assignment__comparison", "chosen", "rejected").order_by(
        "assignment__comparison__created_at", "assignment__comparison", "assignment__slot"
    )
