"""What a model version may name as the source of the `transformers` engine.

    source  = model | model "+" adapter          a LoRA adapter is merged into the model when that is loaded
    model   = path | path ".gguf" | hub
    adapter = path | hub
    path    = a folder or file below one of MODEL_FOLDERS, by its name there or in full
    hub     = "hub:" organisation "/" name "@" commit

as in "llama-3-8b", "team/model.Q4_K_M.gguf", "hub:org/name@" and 40 hex digits, "llama-3-8b+adapters/polite".
A commit is named because a branch or tag may mean other weights tomorrow. A plus sign always separates, so no
name can have one. Nothing is looked up here: these are only the words, taken apart once.
"""

import re
from dataclasses import dataclass

from models_runtime.engine import EngineError

HUB = "hub:"
REPO = re.compile(r"(?=.{3,96}$)[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Folder:
    """A checkpoint below an allowed folder."""

    path: str


@dataclass(frozen=True, slots=True)
class Gguf:
    """A file below an allowed folder."""

    path: str


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository at one commit, which is for ever the same."""

    repo: str
    commit: str


Model = Folder | Gguf | Hub


@dataclass(frozen=True, slots=True)
class Adapted:
    base: Model
    adapter: Folder | Hub


def parse(source: str) -> Model | Adapted:
    model, plus, adapter = source.partition("+")
    if not plus:
        return _model(model)
    if not model or not adapter or "+" in adapter:
        raise _wrong(f"The source {source!r} should be <model>+<adapter>, with no other plus sign in it.")
    named = _model(adapter)
    if isinstance(named, Gguf):
        raise _wrong(f"The adapter {adapter!r} is a GGUF file; an adapter has to be a folder with safetensors.")
    return Adapted(_model(model), named)


def _model(name: str) -> Model:
    if name.startswith(HUB):
        return _hub(name)
    return Gguf(name) if name.lower().endswith(".gguf") else Folder(name)


def _hub(name: str) -> Hub:
    repo, _, commit = name.removeprefix(HUB).partition("@")
    if not REPO.fullmatch(repo) or "--" in repo or ".." in repo:
        raise _wrong(f"{name!r} names no repository: it should be hub:<organisation>/<name>@<commit>.")
    if not COMMIT.fullmatch(commit):
        given = f"{commit!r} is no commit but may be a branch or tag" if commit else "it names no commit"
        raise _wrong(
            f"The source {name!r} could mean other weights tomorrow: {given}. Write the commit's 40 hex digits, which "
            f"the hub shows in the history of the repository's files: {HUB}{repo}@<commit>."
        )
    return Hub(repo, commit)


def _wrong(detail: str) -> EngineError:
    return EngineError(detail, permanent=True)
