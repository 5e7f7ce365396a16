import json
import time
from array import array
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import ngettext

from labeling.comparisons.models import Comparison
from labeling.datasets.models import Member, Snapshot
from labeling.projects.models import Axis
from labeling.rewards import opinions
from labeling.rewards.management.naming import run_of, snapshot_of
from labeling.rewards.management.workers import warn_if_missing
from labeling.rewards.models import Opinion, Run
from labeling.rewards.opinions import Asked
from labeling.rewards.report.combination import whitened

PAUSE = 0.5  # seconds between two looks
TOLD = 5.0  # seconds between two words on how far it is


class Line(NamedTuple):
    """What a line of the result begins with, and what is asked."""

    about: dict[str, Any]
    asked: Asked


class Command(BaseCommand):
    help = (
        "What reward models say of responses, by a training worker: a line of JSON for each row, with a reward for "
        "each of its responses by each model; and, where both axes are asked, Llama 2's one number, and that whitened "
        "among all of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for axis in Axis.values:
            parser.add_argument(f"--{axis}", metavar="SLUG:NUMBER", help="a model for it: project and number")
        of = parser.add_mutually_exclusive_group(required=True)
        of.add_argument("--snapshot", metavar="SLUG:NUMBER", help="the pairs that trainers get of it")
        of.add_argument(
            "--file",
            type=Path,
            metavar="ROWS.JSONL",
            help='each {"prompt": a text or messages, "response": a text} or {…, "responses": [texts]}, with '
            '"safety_prompt": true where it is one',
        )
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new one")

    def handle(self, *args: Any, snapshot: str | None, file: Path | None, out: Path, **options: Any) -> None:
        models = {axis: run_of(options[axis], axis) for axis in Axis.values if options[axis]}
        if not models:
            raise CommandError("Say which model to ask: --helpfulness, --safety, or both.")
        if out.exists():
            raise CommandError(f"{out} is there already. Choose another file.")
        lines = of_snapshot(snapshot_of(snapshot)) if snapshot else of_file(file or Path())
        draft = out.with_name(f"{out.name}.part")
        together = array("d")
        warn_if_missing(self)
        try:
            with draft.open("w", encoding="utf-8") as writing:
                for said in self.scored(models, lines):
                    together.extend(said.get("combined") or ())
                    writing.write(written(said))
            whiten(draft, out, together)
        except OSError as error:
            raise CommandError(f"{error.strerror}: {error.filename}") from error
        finally:
            draft.unlink(missing_ok=True)
        self.stdout.write(self.style.SUCCESS(f"Written to {out}"))

    def scored(self, models: dict[str, Run], lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
        """A portion at a time, so that memory stays that of a portion."""
        done, left = 0, iter(lines)
        while portion := list(islice(left, opinions.MOST)):
            opinion = opinions.ask(models, [line.asked for line in portion])
            try:
                self.wait_for(opinion, done)
                yield from combined(opinion, portion)
            finally:
                opinion.delete()
            done += len(portion)
            self.stdout.write(f"{scored(done)} …")

    def wait_for(self, opinion: Opinion, done: int) -> None:
        told = time.monotonic()
        while opinion.is_waiting:
            time.sleep(PAUSE)
            opinion.refresh_from_db(fields=["state", "error", "rewards", "beat_at"])
            if opinion.is_waiting and time.monotonic() - told > TOLD:
                told = time.monotonic()
                self.stdout.write(f"{scored(done)}, {waits_for(opinion)} …")
        if opinion.error:
            raise CommandError(opinion.error)


def scored(rows: int) -> str:
    return ngettext("%(n)d row is scored", "%(n)d rows are scored", rows) % {"n": rows}


def waits_for(opinion: Opinion) -> str:
    if opinion.beat_at:
        return "a worker is at the next ones"
    if run := Run.objects.in_training().select_related("project").first():
        return f"the next ones wait for a step of {run}, which {run.get_state_display()}: {run.share_done:.0%} done"
    return "the next ones wait for a worker"


def combined(opinion: Opinion, portion: Iterable[Line]) -> Iterator[dict[str, Any]]:
    said = dict(opinion.rewards or {})
    if len(said) > 1:
        said["combined"] = opinions.together(said, opinion.lines)
    for place, line in enumerate(portion):
        yield {**line.about, **{name: rewards[place] for name, rewards in said.items()}}


def whiten(draft: Path, out: Path, together: "array[float]") -> None:
    """All of them among each other, `together` in the order of the draft."""
    beside = iter(whitened(np.array(together)).tolist() if together else ())
    with draft.open(encoding="utf-8") as reading, out.open("x", encoding="utf-8") as writing:
        for line in reading:
            said = json.loads(line)
            if said.get("combined"):
                said["whitened"] = list(islice(beside, len(said["combined"])))
            writing.write(written(said))


def written(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False) + "\n"


def of_snapshot(snapshot: Snapshot) -> Iterator[Line]:
    """All that trainers get of it, held out or not; `id` is that of the comparison."""
    members = Member.objects.filter(snapshot=snapshot, reason="")
    found = Comparison.objects.filter(pk__in=members.values("judgement__assignment__comparison"))
    found = found.select_related("first", "second", "turn").order_by("pk")
    for one in found.iterator(chunk_size=opinions.MOST):
        risk = bool(one.turn and one.turn.risk)
        yield Line({"id": str(one.pk)}, Asked(one.context, [one.first.text, one.second.text], risk))


def of_file(place: Path) -> Iterator[Line]:
    """`row` counts from 1; an `id` that a row has comes back with it."""
    with place.open("rb") as file:
        for number, text in enumerate(file, 1):
            if text.strip():
                try:
                    row = json.loads(text)
                    about = {"row": number, **({"id": row["id"]} if "id" in row else {})}
                    yield Line(about, asked_in(row))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise CommandError(f"Row {number} is not as it should be: {error!r}.") from error


def asked_in(row: dict[str, Any]) -> Asked:
    prompt = row["prompt"]
    context = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    responses = row["responses"] if "responses" in row else [row["response"]]
    texts = [message[part] for message in context for part in ("role", "content")] + responses
    if not responses or not all(isinstance(text, str) for text in texts):
        raise ValueError("prompts and responses are texts, and messages have a role and a content")
    if b"\0" in "".join(texts).encode():  # which raises ValueError for half a character
        raise ValueError("a text has a NUL in it, which no database keeps")
    messages = [{"role": message["role"], "content": message["content"]} for message in context]
    return Asked(messages, responses, bool(row.get("safety_prompt")))
