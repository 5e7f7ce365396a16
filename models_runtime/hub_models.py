"""Models from the hub: only those that whoever runs the worker allows, each at one commit, and nothing but data.

HUB_MODELS lists, separated by commas, what may be fetched: "org/name", or "org/*" for all of an organisation. It is
empty by default, and then nothing is. HF_TOKEN, if set, goes to the hub and nowhere else; HF_ENDPOINT names another
hub.
"""

import logging
import os
import shutil
from pathlib import Path

from models_runtime.engine import EngineError
from models_runtime.fingerprints import ADAPTER_FILES, MODEL_FILES
from models_runtime.made_once import made
from models_runtime.model_folders import own_folder
from models_runtime.sources import Hub

NEVER = ["*/*", "*.py", "*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "consolidated*"]  # the last are doubles
CONNECTIONS = 4


def fetched(model: Hub, *, adapter: bool = False) -> Path:
    """The folder with the repository's files, downloaded on the first call; an interrupted download goes on where
    it was.
    """
    _refuse_unlisted(model)
    patterns = list(ADAPTER_FILES if adapter else MODEL_FILES)
    name = f"hub--{model.repo.replace('/', '--')}--{model.commit}{'--adapter' if adapter else ''}"
    origin = f"{model.repo} at {model.commit} from the hub"
    return made(own_folder() / name, lambda folder: _fetch(model, patterns, folder), origin, resumes=True)


def _refuse_unlisted(model: Hub) -> None:
    entries = {entry.strip() for entry in os.environ.get("HUB_MODELS", "").split(",")}
    organisation = model.repo.split("/")[0]
    if not entries & {model.repo, f"{organisation}/*"}:
        raise _final(f"This worker may not fetch {model.repo!r}: whoever runs it can add it to HUB_MODELS there.")


def _fetch(model: Hub, patterns: list[str], folder: Path) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils import disable_progress_bars

    from models_runtime.hub_failures import failure

    disable_progress_bars()  # they fill logs with half lines
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # else every address, with its signature, is logged

    notes = folder / ".cache"
    try:
        snapshot_download(
            model.repo,
            revision=model.commit,
            local_dir=folder,
            cache_dir=notes / "hub",
            endpoint=os.environ.get("HF_ENDPOINT") or None,
            token=os.environ.get("HF_TOKEN", "").strip() or False,
            allow_patterns=patterns,
            ignore_patterns=NEVER,
            max_workers=CONNECTIONS,
        )
    except Exception as error:
        raise failure(model.repo, model.commit, error) from error
    if not any(folder.glob("*.safetensors")):
        raise _final(f"{model.repo} at {model.commit} on the hub holds no weights as safetensors; others are refused.")
    if not any((folder / name).is_file() for name in ("config.json", "adapter_config.json")):
        raise _final(f"{model.repo} at {model.commit} on the hub holds no configuration that transformers reads.")
    shutil.rmtree(notes, ignore_errors=True)


def _final(detail: str) -> EngineError:
    return EngineError(detail, permanent=True)
