"""What the hub and its client library say when nothing comes, in words for whoever can change it."""

import os

import httpx2
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from models_runtime.engine import EngineError
from models_runtime.wording import because

REFUSALS = (401, 403)


def failure(repo: str, commit: str, error: Exception) -> Exception:
    """The library wraps what it could not reach into an error about its cache; the cause says what happened. What the
    disk refuses is left as it is.
    """
    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        return failure(repo, commit, error.__cause__)
    if isinstance(error, HfHubHTTPError):
        return _answered(repo, commit, error)
    if isinstance(error, OfflineModeIsEnabled):
        detail = "This worker is told to stay offline: whoever runs it can take HF_HUB_OFFLINE away there."
        return EngineError(detail, permanent=True)
    if isinstance(error, httpx2.HTTPError):
        said = because(error)
        return EngineError(f"The hub cannot be reached from this worker, or fell silent: {said}. Try again later.")
    if isinstance(error, OSError) and error.errno is not None:
        return error
    return EngineError(f"The download of {repo!r} from the hub broke off: {because(error)}. Try again later.")


def _answered(repo: str, commit: str, error: HfHubHTTPError) -> EngineError:
    status = error.response.status_code
    token = "" if os.environ.get("HF_TOKEN", "").strip() else ", which is not set now"
    match error:
        case GatedRepoError():
            detail = (
                f"The hub shows {repo!r} only to those who have accepted its terms: accept them there, and let whoever "
                f"runs this worker put a token of that account into HF_TOKEN{token}."
            )
        case RepositoryNotFoundError():
            detail = (
                f"The hub has no repository {repo!r}, or shows it only to some: then whoever runs this worker puts a "
                f"token that may read it into HF_TOKEN{token}."
            )
        case RevisionNotFoundError():
            detail = f"The repository {repo!r} on the hub has no commit {commit}."
        case _ if status in REFUSALS:
            detail = (
                f"The hub refused to send {repo!r} ({status}). Whoever runs this worker should look at the token in "
                f"HF_TOKEN{token}: it may be wrong or expired, or may not read this repository."
            )
        case _:
            return EngineError(f"The hub could not send {repo!r} (it answered {status}). Try again later.")
    return EngineError(detail, permanent=True)
