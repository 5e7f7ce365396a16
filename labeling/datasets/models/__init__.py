"""What comes out: snapshots, what is in them, and which prompts are held out; and what comes in: imports."""

from labeling.datasets.models.gist import Gist
from labeling.datasets.models.imported import Import, ImportRow, Interrupted, Origin
from labeling.datasets.models.member import Member
from labeling.datasets.models.push import Push
from labeling.datasets.models.root import Band, Root, RootPrompt
from labeling.datasets.models.snapshot import NotNow, Snapshot, Stopped, Use

__all__ = [
    "Band",
    "Gist",
    "Import",
    "ImportRow",
    "Interrupted",
    "Member",
    "NotNow",
    "Origin",
    "Push",
    "Root",
    "RootPrompt",
    "Snapshot",
    "Stopped",
    "Use",
]
