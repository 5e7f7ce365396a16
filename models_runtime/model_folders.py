"""The folders that a worker may read models from, and the one in which it keeps what it has made itself.

Only what lies below MODEL_FOLDERS is ever read; neither `..` nor a link leads out.
"""

import os
from collections.abc import Callable
from pathlib import Path

from models_runtime.engine import EngineError

OWN = ".made-by-worker"  # below the first of MODEL_FOLDERS


def folders() -> list[Path]:
    """MODEL_FOLDERS, or the models folder under TANDEM_HOME."""
    named = os.environ.get("MODEL_FOLDERS", "")
    if named:
        return [Path(folder).expanduser() for folder in named.split(os.pathsep) if folder]
    home = os.environ.get("TANDEM_HOME")
    return [(Path(home).expanduser() if home else Path(__file__).resolve().parent.parent / ".tandem") / "models"]


def own_folder() -> Path:
    """Conversions and downloads, which no source can name as if they were local folders."""
    return folders()[0] / OWN


def locate_model(source: str) -> Path:
    return _locate(source, lambda folder: (folder / "config.json").is_file(), "no such folder, or no config.json in it")


def locate_adapter(source: str) -> Path:
    missing = "no such folder, or no adapter_config.json in it"
    return _locate(source, lambda folder: (folder / "adapter_config.json").is_file(), missing, "adapter")


def locate_file(source: str) -> Path:
    return _locate(source, Path.is_file, "no such file")


def _locate(source: str, there: Callable[[Path], bool], missing: str, what: str = "model") -> Path:
    looked = ", ".join(str(folder) for folder in folders())
    outside = False
    for root in folders():
        try:
            root = root.resolve()
            path = (root / source).resolve()
            if not path.is_relative_to(root) or OWN in path.parts:
                outside = True
            elif there(path):
                return path
        except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL, links in a circle
            raise EngineError(f"{source!r} is not the name of a {what} folder: {error}.", permanent=True) from error
    if outside:
        raise EngineError(
            f"The {what} {source!r} lies outside the folders that this worker may read ({looked}). "
            "Move it there, or add its folder to MODEL_FOLDERS on the worker.",
            permanent=True,
        )
    raise EngineError(
        f"This worker has no {what} {source!r}: there is {missing}, under {looked}. "
        "Copy it there, or set MODEL_FOLDERS on the worker.",
        permanent=True,
    )


def refuse_strays(folder: Path, files: list[Path]) -> None:
    """What `folder`, already found below an allowed one, may not bring in by links of its own."""
    roots = [root.resolve() for root in folders()]
    for path in files:
        if not any(path.resolve().is_relative_to(root) for root in roots if folder.is_relative_to(root)):
            raise EngineError(f"{path} is a link out of {folder}, which this worker may not follow.", permanent=True)
