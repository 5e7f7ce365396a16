"""The files of a snapshot: a function of its members and of texts that never change, so that they are written again to
the byte. All of them are written as drafts, then put into the store, and last the manifest that names them: whoever is
killed before that has left nothing that anybody takes for a data set.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from labeling.datasets import aggregation, reading
from labeling.datasets.artifacts import UNREADABLE, Artifacts, Away, Damaged, artifacts
from labeling.datasets.card import card, pictures
from labeling.datasets.configs.shapes import SHAPES, Of, Shape
from labeling.datasets.exclusions import Reason
from labeling.datasets.facts import facts
from labeling.datasets.models import Snapshot
from labeling.datasets.room import not_written
from labeling.datasets.row import Row
from labeling.datasets.tally import Tally
from labeling.datasets.wanted import Wanted
from labeling.datasets.writing import File, Hashed, Shards, Unwritable, line

log = logging.getLogger(__name__)

Beat = Callable[[int, int], None]  # done, of how many; raises what ends the writing
BEAT = 1.0  # seconds between two, at most a portion of rows later
MANIFEST, CARD = "manifest.json", "README.md"


OTHER = gettext_lazy(
    "Written again, this is not what was recorded, and its sha256 is another one: %(which)s. Another version of Tandem "
    "wrote it. %(there)s Have it brought back from a backup, or make a new snapshot."
)


class NotWritten(Exception):
    """Why there are no files, for people."""


@dataclass(frozen=True)
class Entry:
    """A file of a data set, and what it holds; of the card and its pictures all but the file is empty."""

    file: File
    config: str = ""
    axis: str = ""
    split: str = ""
    format: str = ""

    def manifest(self) -> dict[str, Any]:
        return {"config": self.config, "axis": self.axis, "split": self.split, "format": self.format} | vars(self.file)


class Progress:
    def __init__(self, beat: Beat, total: int) -> None:
        self.beat, self.total, self.done, self.told_at = beat, total, 0, monotonic()

    def come(self, rows: int = 1) -> None:
        self.done += rows
        if monotonic() - self.told_at >= BEAT:
            self.tell()

    def tell(self) -> None:
        self.told_at = monotonic()
        self.beat(min(self.done, self.total), self.total)


class Folder:
    """The files of a data set that are being written: those of one axis at a time, since rows come axis by axis."""

    def __init__(self, place: Path, wanted: Wanted) -> None:
        self.place, self.wanted, self.axis = place, wanted, ""
        self.open: dict[tuple[str, str, str], Shards] = {}
        self.entries: list[Entry] = []

    def add(self, shape: Shape, axis: str, held_out: bool, row: dict[str, Any] | None) -> None:
        if row is None or axis not in shape.axes:
            return
        if axis != self.axis:
            self.close()
            self.axis = axis
        written, split = line(row), "test" if held_out else "train"
        for format_ in self.wanted.formats:
            key = shape.name, split, format_
            if key not in self.open:
                self.open[key] = self.shards(shape, axis, split, format_)
            self.open[key].add(written)

    def shards(self, shape: Shape, axis: str, split: str, format_: str) -> Shards:
        columns = shape.columns(margin=self.wanted.margins is not None)
        return Shards(self.place, shape.stem(axis, split), format_, columns)

    def fill(self, shapes: Iterable[Shape]) -> None:
        """A file without rows wherever there would be none, so that what was asked for is there by its name, with its
        columns."""
        self.close()
        there = {(entry.config, entry.axis) for entry in self.entries}
        wanted = ((shape, axis) for shape in shapes for axis in self.wanted.axes if axis in shape.axes)
        for shape, axis in wanted:
            if (shape.name, axis) in there:
                continue
            self.axis = axis
            for format_ in self.wanted.formats:
                self.open[shape.name, "train", format_] = self.shards(shape, axis, "train", format_)
                self.open[shape.name, "train", format_].begin()
            self.close()

    def close(self) -> None:
        for (config, split, format_), shards in self.open.items():
            self.entries += [Entry(file, config, self.axis, split, format_) for file in shards.close()]
        self.open.clear()


def write(snapshot: Snapshot, beat: Beat) -> str:
    """The sha256 of its manifest. Raises NotWritten, and whatever `beat` raises: then nothing is left."""
    wanted, store = Wanted.of(snapshot.wanted), artifacts()
    try:
        with store.draft() as place:
            entries, tallies = rows(snapshot, wanted, place, beat)
            about = facts(snapshot, wanted, tallies, entries)
            entries += [told(place, path, text) for path, text in {CARD: card(about), **pictures(about)}.items()]
            written = manifest(snapshot, entries)
            if snapshot.artifact not in ("", sha256(written).hexdigest()):
                return put_back(store, place, entries, snapshot, beat)
            return keep(store, place, entries, snapshot, written, beat)
    except OSError as error:
        log.exception("%s could not be written", snapshot)
        raise NotWritten(not_written(gettext("Files"), error)) from error
    except Away as error:
        raise NotWritten(f"{error} Try again once it does.") from error
    except Unwritable as error:
        raise NotWritten(f"{error} Leave out what holds it, and make another snapshot.") from error


def rows(snapshot: Snapshot, wanted: Wanted, place: Path, beat: Beat) -> tuple[list[Entry], dict[str, Tally]]:
    """All files of rows, in the order in which the manifest has them, and what was counted on each axis."""
    shapes = [SHAPES[config] for config in wanted.configs]
    trainers = [shape for shape in shapes if shape.of != Of.TOLD]
    everything = [shape for shape in shapes if shape.of == Of.TOLD]
    progress = Progress(beat, snapshot.members.count() * (1 + len(everything)))
    folder, tallies = Folder(place, wanted), {axis: Tally() for axis in wanted.axes}
    for group in reading.groups(snapshot, also=[Reason.SPLIT_MAJORITY]):
        train(folder, trainers, group, wanted)
        tallies[group[0].axis].add(group)
        progress.come(len(group))
    folder.close()
    for shape in everything:
        for one in reading.told(snapshot):
            folder.add(shape, one.own["axis"], one.own["split"] == "test", shape.row(one))
            progress.come()
        folder.close()
    folder.fill(shapes)
    return sorted(folder.entries, key=lambda entry: entry.file.path), tallies


def train(folder: Folder, shapes: Iterable[Shape], group: list[Row], wanted: Wanted) -> None:
    """What trainers get of one comparison: its preferences, and its shares, in which an even split counts as well."""
    axis, held_out = group[0].axis, group[0].held_out
    pairs = aggregation.pairs([row for row in group if not row.reason], wanted.aggregation, wanted.margins)
    votes = [row for row in group if row.kind != aggregation.LAST_WORD]
    with_margin = [pair for pair in pairs if pair.margin is not None] if wanted.margins else pairs
    for shape in shapes:
        fitting = with_margin if shape.takes_margin else pairs
        for made in fitting if shape.of == Of.PAIR else [votes] if votes else []:
            folder.add(shape, axis, held_out, shape.row(made))


def told(place: Path, path: str, text: str) -> Entry:
    """A file of text beside the rows."""
    written = Hashed(place / path)
    written.write(text.encode())
    written.close()
    return Entry(File(path, 0, written.size, written.digest.hexdigest()))


def manifest(snapshot: Snapshot, entries: Iterable[Entry]) -> bytes:
    """Without its number and its days: two snapshots with the same members and the same wishes have the same one."""
    about = {
        "project": snapshot.project.slug,
        "members": snapshot.digest,
        "provisional": snapshot.provisional,
        "wanted": snapshot.wanted,
        "counts": snapshot.counts,
        "files": [entry.manifest() for entry in entries],
    }
    return json.dumps(about, indent=2, ensure_ascii=False).encode() + b"\n"


def keep(store: Artifacts, place: Path, entries: Iterable[Entry], snapshot: Snapshot, about: bytes, beat: Beat) -> str:
    """Everything into the store, the manifest last. Where that breaks off, what came into it goes again, unless
    somebody else makes the snapshot by now: they would miss it."""
    name, added = sha256(about).hexdigest(), list[str]()
    (place / MANIFEST).write_bytes(about)
    try:
        for path, its in [*((entry.file.path, entry.file.sha256) for entry in entries), (MANIFEST, name)]:
            beat(1, 1)
            if its not in store:
                added.append(its)
            store.add(place / path, its)
    except BaseException:
        if not snapshot.artifact and snapshot.is_mine():
            with suppress(*UNREADABLE):
                delete(store, added, snapshot)
        raise
    return name


def put_back(store: Artifacts, place: Path, entries: Iterable[Entry], snapshot: Snapshot, beat: Beat) -> str:
    """Of files that are written again and are not all what they were, as another version of Tandem may write them:
    those that are. Raises NotWritten where one that is not is gone from the store."""
    try:
        recorded = dict(named(manifest_of(snapshot)))
    except (Damaged, FileNotFoundError) as error:
        there = gettext("Nothing was put in its place.")
        raise NotWritten(OTHER % {"which": MANIFEST, "there": there}) from error
    for entry in entries:
        if recorded.get(entry.file.path) == entry.file.sha256:
            beat(1, 1)
            store.add(place / entry.file.path, recorded.pop(entry.file.path))
    if lost := [path for path, name in recorded.items() if not store.is_whole(name)]:
        raise NotWritten(OTHER % {"which": ", ".join(lost), "there": gettext("All others are there.")})
    return snapshot.artifact


def manifest_of(snapshot: Snapshot) -> dict[str, Any]:
    """Of one that is ready, or erased. Raises Damaged and Away as the store does."""
    about: dict[str, Any] = json.loads(b"".join(artifacts().read(snapshot.artifact)))
    return about


def copy(snapshot: Snapshot, out: Path, go_on: Callable[[], None] = lambda: None) -> None:
    """The whole data set, with its manifest, in a folder that is made for it. `go_on` raises what ends that."""
    store = artifacts()
    out.mkdir()
    for path, name in [*named(manifest_of(snapshot)), (MANIFEST, snapshot.artifact)]:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        with (out / path).open("xb") as file:
            for portion in store.read(name):
                go_on()
                file.write(portion)


def erase(snapshot: Snapshot) -> None:
    """Deletes the bytes of its files, but for those that another snapshot has as well; the manifest stays."""
    delete(artifacts(), (name for _, name in named(manifest_of(snapshot))), snapshot)


def take_back(snapshot: Snapshot, artifact: str) -> None:
    """The same, and the manifest too, of one that was cancelled when all of it had just been written."""
    store = artifacts()
    about = json.loads(b"".join(store.read(artifact)))
    delete(store, [*(name for _, name in named(about)), artifact], snapshot)


def delete(store: Artifacts, names: Iterable[str], snapshot: Snapshot) -> None:
    others = Snapshot.objects.exclude(artifact="").exclude(state=Snapshot.State.ERASED).exclude(pk=snapshot.pk)
    shared = {name for other in others for name in (other.artifact, *(its for _, its in named(manifest_of(other))))}
    for name in names:
        if name not in shared:
            store.delete(name)


def named(about: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Path and sha256 of each file of a manifest."""
    for file in about["files"]:
        yield file["path"], file["sha256"]
